// What others take or give back appears here. The browser asks with the ETag it has; nothing new costs nothing.
(() => {
  "use strict";
  const EVERY = 5_000;
  const AT_MOST = 60_000;
  const form = document.querySelector("[data-seat-map]");
  const words = form.dataset;
  const say = form.querySelector("[data-say]");
  const wordFor = (state) => words[`words${state[0].toUpperCase()}${state.slice(1)}`];
  let pause = EVERY;
  let version = null;
  let timer = null;

  const change = (seat, state) => {
    const name = seat.getAttribute("aria-label");
    seat.setAttribute("aria-label", name.slice(0, -wordFor(seat.dataset.state).length) + wordFor(state));
    seat.dataset.state = state;
    seat.disabled = state === "held" || state === "booked";
  };

  const show = (states) => {
    const stateOf = new Map();
    for (const state of ["held", "booked", "yours"]) for (const id of states[state]) stateOf.set(String(id), state);
    const lost = [];
    for (const seat of form.querySelectorAll("input[name=seats]")) {
      const state = stateOf.get(seat.value) ?? "available";
      if (seat.dataset.state === state || seat.dataset.state === "blocked") continue;
      change(seat, state);
      if (seat.disabled && seat.checked) lost.push(seat);
    }
    for (const seat of lost) seat.checked = false;
    if (lost.length) say.textContent = lost.map((seat) => words.wordsTaken.replace("{label}", seat.dataset.label)).join(" ");
    form.dispatchEvent(new Event("seats-taken"));
  };

  const ask = async () => {
    clearTimeout(timer);
    try {
      const response = await fetch(words.statesUrl, { cache: "no-cache", signal: AbortSignal.timeout(EVERY * 2) });
      if (!response.ok) throw new Error(response.status);
      const states = await response.json();
      if (states.version !== version) show(states);
      version = states.version;
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, AT_MOST);
    }
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, pause);
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
  timer = setTimeout(ask, EVERY);
})();
