// A shared seat's address: copied with one touch, or handed to whatever the phone sends things with.
(() => {
  "use strict";
  for (const box of document.querySelectorAll("[data-share]")) {
    const field = box.querySelector("input");
    const said = box.querySelector("[role=status]");
    const [send, copy] = ["send", "copy"].map((name) => box.querySelector(`[data-${name}]`));
    send.hidden = !navigator.share;
    copy.hidden = !navigator.clipboard;
    field.addEventListener("focus", () => field.select());
    send.addEventListener("click", () =>
      navigator.share({ title: document.title, url: field.value }).catch(() => {}),
    );
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value).catch(() => field.select());
      said.textContent = said.dataset.words;
    });
  }
})();
