// Menus are <details data-menu>: they work without us. We close them on Escape, and when one turns elsewhere. And a row
// of days that is wider than the screen begins at the chosen one.
(() => {
  const openMenus = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("focusin", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  const showChosenDay = () => {
    for (const day of document.querySelectorAll(".day-tabs [aria-current]")) {
      const row = day.parentElement;
      const middle = day.getBoundingClientRect().x + day.offsetWidth / 2 - row.getBoundingClientRect().x;
      row.scrollBy({ left: middle - row.clientWidth / 2, behavior: "instant" });
    }
  };

  showChosenDay();
  document.addEventListener("htmx:load", showChosenDay);
})();
