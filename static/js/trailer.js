// A trailer plays in its place once somebody asks for it. Without us the same link leads to where it is.
(() => {
  "use strict";
  const trailer = document.querySelector("[data-src].trailer");

  trailer.querySelector("a").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { src, title } = trailer.dataset;
    // YouTube plays nothing for pages that do not say whose they are; it hears our name, not the page's.
    const player = Object.assign(document.createElement("iframe"), {
      title,
      className: "trailer__player",
      referrerPolicy: "strict-origin",
      allow: "autoplay; encrypted-media; fullscreen; picture-in-picture",
      src,
    });
    trailer.replaceChildren(player);
    player.focus();
  });
})();
