// Chairs a step larger or smaller, or as large as the whole room fits; never below 24 px. What is in the middle stays there.
(() => {
  "use strict";
  const SIZES = [24, 28, 34, 40, 48, 56];
  const bar = document.querySelector("[data-seat-size]");
  const page = document.querySelector(".choosing");
  const scroll = page.querySelector("[data-scroll]");
  const floor = scroll.firstElementChild;
  const size = () => page.querySelector(".seat-row .seat").offsetWidth;

  const set = (pixels) => {
    const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / scroll.scrollWidth;
    page.style.setProperty("--seat", `${pixels}px`);
    scroll.scrollLeft = middle * scroll.scrollWidth - scroll.clientWidth / 2;
    bar.querySelector("[data-step='-1']").disabled = pixels <= SIZES[0];
    bar.querySelector("[data-step='1']").disabled = pixels >= SIZES.at(-1);
  };

  const fit = () => {
    const widest = SIZES.findLast((pixels) => {
      page.style.setProperty("--seat", `${pixels}px`);
      return floor.offsetWidth <= scroll.clientWidth;
    });
    set(widest ?? SIZES[0]);
  };

  const step = (by) => {
    const now = size();
    set((by < 0 ? SIZES.findLast((pixels) => pixels < now) : SIZES.find((pixels) => pixels > now)) ?? now);
  };

  bar.addEventListener("click", (event) => {
    const by = Number(event.target.closest("button")?.dataset.step ?? NaN);
    if (by) step(by);
    else if (by === 0) fit();
  });
  // On a wide screen the whole room is seen at once; on a phone the chairs stay as large as a thumb.
  if (matchMedia("(min-width: 40rem)").matches && floor.offsetWidth > scroll.clientWidth) fit();
  bar.classList.remove("seat-size--waiting");
})();
