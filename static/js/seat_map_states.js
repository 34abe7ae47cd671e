// Shows who has which seat, whenever it is known anew (seat_map_live.js); says what of one's own choice is lost.
(() => {
  "use strict";
  const form = document.querySelector("[data-seat-map]");
  const words = form.dataset;
  const say = form.querySelector("[data-say]");
  const wordFor = (state) => words[`words${state[0].toUpperCase()}${state.slice(1)}`];

  const change = (seat, state) => {
    const name = seat.getAttribute("aria-label");
    seat.setAttribute("aria-label", name.slice(0, -wordFor(seat.dataset.state).length) + wordFor(state));
    seat.dataset.state = state;
    seat.disabled = state === "held" || state === "booked";
  };

  form.addEventListener("seats-known", ({ detail: states }) => {
    const stateOf = new Map();
    for (const state of ["held", "booked", "yours"]) for (const id of states[state]) stateOf.set(id, state);
    const lost = [];
    for (const seat of form.querySelectorAll("input[name=seats]")) {
      const state = stateOf.get(Number(seat.value)) ?? "available";
      if (seat.dataset.state === state || seat.dataset.state === "blocked") continue;
      change(seat, state);
      if (seat.disabled && seat.checked) lost.push(seat);
    }
    for (const seat of lost) seat.checked = false;
    if (lost.length) say.textContent = lost.map((seat) => words.wordsTaken.replace("{label}", seat.dataset.label)).join(" ");
    form.dispatchEvent(new Event("seats-taken"));
  });
})();
