// With htmx a new ticket type has its price at once, so the button for it goes; a refusal is shown as a page.
(() => {
  "use strict";
  if (!window.htmx) return;
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
  document.body.addEventListener("htmx:responseError", () => location.reload());
})();
