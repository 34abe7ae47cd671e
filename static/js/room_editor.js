// Chooses many seats at once: by drawing over them, by Shift and click, by the name of a row. Each is a checkbox anyhow.
(() => {
  "use strict";
  const room = document.querySelector("[data-room-editor]");
  const seats = room ? [...room.querySelectorAll("input[name=seats]:enabled")] : [];
  if (!seats.length) return;
  const say = document.querySelector("[data-chosen-seats]");
  let first = null; // where drawing or a range begins
  let ink = null; // what drawing makes of a seat; null when nobody draws

  const show = () => {
    const labels = seats.filter((seat) => seat.checked).map((seat) => seat.dataset.label);
    if (!say) return;
    say.textContent = labels.length
      ? say.dataset.words.replace("{count}", labels.length).replace("{labels}", labels.join(", "))
      : say.dataset.nothing;
  };

  const middle = (seat) => {
    const box = seat.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2, box.width / 2];
  };

  const between = (a, b) => {
    const [ax, ay, half] = middle(a);
    const [bx, by] = middle(b);
    const isIn = (value, one, other) => value >= Math.min(one, other) - half && value <= Math.max(one, other) + half;
    return seats.filter((seat) => isIn(middle(seat)[0], ax, bx) && isIn(middle(seat)[1], ay, by));
  };

  room.addEventListener("pointerdown", (event) => {
    if (!seats.includes(event.target) || event.pointerType === "touch" || event.button || event.shiftKey) return;
    ink = !event.target.checked;
    first = event.target;
  });
  room.addEventListener("pointerover", (event) => {
    if (ink === null || event.target === first || !seats.includes(event.target)) return;
    first.checked = event.target.checked = ink;
    show();
  });
  window.addEventListener("pointerup", ({ target }) => { if (target !== first) ink = null; });

  room.addEventListener("click", (event) => {
    if (ink !== null) first.checked = ink; // also when drawing came back to it, and the click has turned it round
    ink = null;
    if (event.shiftKey && first && seats.includes(event.target))
      for (const seat of between(first, event.target)) seat.checked = event.target.checked;
    if (event.target.matches(".seat-row__label")) {
      const row = seats.filter((seat) => event.target.parentElement.contains(seat));
      const isChosen = row.every((seat) => seat.checked);
      for (const seat of row) seat.checked = !isChosen;
    }
    if (seats.includes(event.target)) first = event.target;
    show();
  });
  room.addEventListener("change", show);
  show();
})();
