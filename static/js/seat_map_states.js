// Shows who has which seat, whenever it is known anew (seat_map_live.js); says what of one's own choice is lost.
(() => {
  "use strict";
  const form = document.querySelector("[data-seat-map]");
  const words = form.dataset;
  const say = form.querySelector("[data-say]");
  const need = document.querySelector("[data-party] [name=need]"); // some seats are only for those who say so
  const hasSaidSo = Boolean(form.querySelector("[data-kept]:enabled")); // before, where there is nothing to tick
  const isNeeded = () => need?.checked ?? hasSaidSo;
  const stateOfFree = (seat) => ("kept" in seat.dataset && !isNeeded() ? "blocked" : "available");
  const isForNobody = (seat) => seat.dataset.state === "blocked" && !("kept" in seat.dataset);
  const wordFor = (state) => words[`words${state[0].toUpperCase()}${state.slice(1)}`];

  const change = (seat, state) => {
    const name = seat.getAttribute("aria-label");
    seat.setAttribute("aria-label", name.slice(0, -wordFor(seat.dataset.state).length) + wordFor(state));
    seat.dataset.state = state;
    seat.disabled = ["held", "booked", "blocked"].includes(state);
    if (state === "blocked") seat.checked = false;
  };

  form.addEventListener("seats-known", ({ detail: states }) => {
    const stateOf = new Map();
    for (const state of ["held", "booked", "yours"]) for (const id of states[state]) stateOf.set(id, state);
    const lost = [];
    for (const seat of form.querySelectorAll("input[name=seats]")) {
      const state = stateOf.get(Number(seat.value)) ?? stateOfFree(seat);
      if (seat.dataset.state === state || isForNobody(seat)) continue;
      change(seat, state);
      if (seat.disabled && seat.checked) lost.push(seat);
    }
    for (const seat of lost) seat.checked = false;
    if (lost.length) say.textContent = lost.map((seat) => words.wordsTaken.replace("{label}", seat.dataset.label)).join(" ");
    form.dispatchEvent(new Event("seats-taken"));
  });

  need?.addEventListener("change", () => {
    const free = form.querySelectorAll("[data-kept]:is([data-state=available], [data-state=blocked])");
    for (const seat of free) change(seat, stateOfFree(seat));
    if (need.checked) free[0]?.scrollIntoView({ block: "nearest", inline: "center" });
    form.dispatchEvent(new Event("seats-taken"));
  });
})();
