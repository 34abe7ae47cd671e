// With a number of people, a tap takes the best seats for all of them around it; then they change one by one.
// The server is asked, so that there is one answer; when it is silent, the seat alone is taken, as without us.
(() => {
  "use strict";
  const form = document.querySelector("[data-seat-map]");
  const panel = document.querySelector("[data-party]");
  const where = form.querySelector("[data-where]");
  const chosenSeats = () => [...form.querySelectorAll("input[name=seats]:checked")];
  const wish = () => new URLSearchParams([...new FormData(panel)].filter(([, value]) => Number(value) !== 0));
  let asked = null;

  const ask = async (seat, signal) => {
    const query = wish();
    query.set("around", seat.value);
    const response = await fetch(`${panel.dataset.bestUrl}?${query}`, { cache: "no-store", signal });
    if (!response.ok) throw new Error(response.status);
    return response.json();
  };

  const take = (ids, tapped) => {
    for (const seat of form.querySelectorAll("input[name=seats]")) {
      seat.checked = !seat.disabled && (ids.length ? ids.includes(Number(seat.value)) : seat === tapped);
    }
    form.dispatchEvent(new Event("seats-taken")); // counts and adds up anew
    const chosen = chosenSeats();
    for (const seat of [chosen.at(-1), chosen[0]]) seat?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const choose = async (seat) => {
    const mine = (asked = new AbortController());
    const timer = setTimeout(() => mine.abort(), 8_000);
    form.querySelector("[data-say]").textContent = ""; // of the choice before
    where.textContent = panel.dataset.wordsWait;
    take([], seat);
    try {
      const best = await ask(seat, mine.signal);
      take(best.seats, seat);
      where.textContent = best.words;
    } catch {
      if (asked === mine) where.textContent = panel.dataset.wordsSilent; // else they have tapped elsewhere meanwhile
    }
    clearTimeout(timer);
  };

  form.addEventListener("change", (event) => {
    asked?.abort();
    asked = null;
    where.textContent = "";
    const party = Number(panel.elements.party.value);
    const others = chosenSeats().length - 1;
    // Where a part of the party sits already, this is one more of them.
    if (!event.target.checked || party < 2 || (others > 0 && others < party)) return;
    event.stopPropagation();
    choose(event.target);
  }, { capture: true });

  panel.addEventListener("change", () => {
    const wished = new FormData(panel);
    for (const { name } of panel.elements) if (form.elements[name]) form.elements[name].value = wished.get(name) ?? "";
    history.replaceState(null, "", `?${wish()}`);
  });
})();
