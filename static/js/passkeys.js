// allauth asks the browser for a passkey and says nothing when none comes. We do.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("[data-no-key]").hidden = false;
});
