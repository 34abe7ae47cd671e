// Asks where we stand, as seldom as the server says. Seen each time; said aloud only when the time to wait has changed.
(() => {
  "use strict";
  const box = document.querySelector("[data-queue]");
  const words = box.dataset;
  const part = (name) => box.querySelector(`[data-${name}]`);
  const site = document.title;
  let failures = 0;
  let asked = Date.now();
  let timer = null;

  // Not everybody in the same moment.
  const askIn = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(ask, seconds * 1000 * (1 + Math.random() / 5));
  };

  const goOn = (why) => {
    part("say").textContent = why;
    document.title = `${why} · ${site}`;
    setTimeout(() => location.reload(), 1500);
  };

  // Thousands are here at this moment: none of them loads the page again for it.
  const beginSale = () => {
    words.state = "waiting";
    part("heading").textContent = words.wordsQueue;
    part("ahead").classList.add("queue__ahead");
    for (const early of box.querySelectorAll("[data-lobby]")) early.hidden = true;
  };

  const show = (place) => {
    if (place.state === "inside") return goOn(words.wordsTurn);
    if (place.state === "waiting" && words.state === "lobby") beginSale();
    if (place.state !== words.state) return goOn(words.wordsGone);
    const isNews = place.time !== part("time").textContent;
    for (const name of ["ahead", "time", "seats"]) part(name).textContent = place[name];
    if (isNews) part("say").textContent = `${place.ahead} ${place.time} ${place.seats}`;
    document.title = `${place.title} · ${site}`;
    return askIn(place.next);
  };

  const ask = async () => {
    asked = Date.now();
    try {
      const response = await fetch(words.url, { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
      if (!response.ok) throw new Error(response.status);
      failures = 0;
      show(await response.json());
    } catch {
      failures += 1;
      if (failures < 3) askIn(10 * failures);
      else location.reload();
    }
  };

  document.addEventListener("visibilitychange", () => document.hidden || Date.now() < asked + 5_000 || ask());
  askIn(Number(words.next));
})();
