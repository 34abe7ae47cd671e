// A switch: tell me on this phone when something changes. Shown only where the browser can, asked only when pressed.
(() => {
  "use strict";
  const form = document.querySelector("[data-push]");
  if (!form || !navigator.serviceWorker || !globalThis.PushManager) return;
  const [button, said] = [form.querySelector("button"), form.querySelector("[role=status]")];
  const { on, off, no } = said.dataset;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const show = (isOn) => button.setAttribute("aria-pressed", String(isOn));
  const tell = async (fields) => {
    const body = new FormData(form);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
  };

  const begin = async (manager) => {
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) };
    // One that was made with an older key of ours is of no use.
    const made = await manager.subscribe(options).catch(async (error) => {
      if (error.name !== "InvalidStateError") throw error;
      await (await manager.getSubscription()).unsubscribe();
      return manager.subscribe(options);
    });
    const { endpoint, keys } = made.toJSON();
    await tell({ endpoint, ...keys });
  };
  const end = async (known) => {
    await tell({ endpoint: known.endpoint, stop: "1" });
    await known.unsubscribe();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { pushManager } = await navigator.serviceWorker.ready;
      const known = await pushManager.getSubscription();
      await (known ? end(known) : begin(pushManager));
      show(!known);
      said.textContent = known ? off : on;
    } catch {
      said.textContent = no;
    }
  });
  navigator.serviceWorker.ready
    .then(({ pushManager }) => pushManager.getSubscription())
    .then((known) => {
      show(Boolean(known));
      form.hidden = false;
    })
    .catch(() => {});
})();
