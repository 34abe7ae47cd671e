// Light, dark or like the device, without a new page: what is typed or chosen stays. The form works without us.
(() => {
  "use strict";
  const COLORS = { light: "#2b1236", dark: "#0c0811" };
  const form = document.querySelector("[data-theme-choice]");
  if (!form) return;

  const show = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    document.querySelector("meta[name=color-scheme]").content = theme || "light dark";
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
      meta.content = COLORS[theme || (meta.media.includes("dark") ? "dark" : "light")];
    }
    for (const button of form.querySelectorAll("button")) button.ariaPressed = String(button.value === theme);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(event.submitter.value);
    const body = new FormData(form, event.submitter);
    // The answer leads back to this page, which is here already.
    fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
  });
})();
