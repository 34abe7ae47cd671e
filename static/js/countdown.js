// Counts down to data-until. Seen every second, said only at five minutes, one minute and half a minute.
(() => {
  "use strict";
  const start = (box) => {
    const part = (name) => box.querySelector(`[data-${name}]`);
    // The server's clock counts: ours may be wrong by hours.
    const skew = Number(box.dataset.now) * 1000 - Date.now();
    const left = () => Math.max(0, Math.ceil(Number(box.dataset.until) - (Date.now() + skew) / 1000));
    const marks = [300, 60, 30].filter((mark) => mark < left());

    const finish = () => {
      part("running").hidden = true;
      part("say").textContent = "";
      part("over").textContent = part("over").dataset.words;
      part("over-link").hidden = false;
      for (const one of document.querySelectorAll("[data-while-held]")) one.hidden = one.disabled = true;
    };

    const tick = () => {
      const seconds = left();
      part("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      let mark = null;
      while (marks.length && seconds <= marks[0]) mark = marks.shift();
      if (mark) part("say").textContent = box.dataset[`words-${mark}`];
      box.classList.toggle("time-left--short", seconds <= 60);
      if (!seconds) {
        clearInterval(timer);
        finish();
      }
    };
    const timer = setInterval(tick, 1000);
    tick();
  };

  for (const box of document.querySelectorAll("[data-countdown]")) start(box);
})();
