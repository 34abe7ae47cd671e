// Asks where we stand, as seldom as the server says. Seen each time; said aloud only when the time to wait has changed.
(() => {
  "use strict";
  const box = document.querySelector("[data-queue]");
  const part = (name) => box.querySelector(`[data-${name}]`);
  const site = document.title;
  const TRIES = 3;
  const SOONEST = 5_000;
  let failures = 0;
  let asked = Date.now();
  let timer = null;

  const say = (words) => {
    if (part("say").textContent !== words) part("say").textContent = words;
  };

  // Not everybody in the same moment.
  const askIn = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(ask, seconds * 1000 * (1 + Math.random() / 5));
  };

  const goOn = (words) => {
    say(words);
    document.title = `${words} · ${site}`;
    setTimeout(() => location.reload(), 1500);
  };

  const show = (place) => {
    if (place.state === "inside") return goOn(box.dataset.wordsTurn);
    if (place.state !== box.dataset.state) return goOn(box.dataset.wordsGone);
    const isNews = place.time !== part("time").textContent;
    for (const name of ["ahead", "time", "seats"]) part(name).textContent = place[name];
    if (isNews) say(`${place.ahead} ${place.time} ${place.seats}`);
    document.title = `${place.title} · ${site}`;
    return askIn(place.next);
  };

  const ask = async () => {
    asked = Date.now();
    try {
      const response = await fetch(box.dataset.url, { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
      if (!response.ok) throw new Error(response.status);
      const place = await response.json();
      failures = 0;
      show(place);
    } catch {
      failures += 1;
      if (failures < TRIES) askIn(10 * failures);
      else location.reload();
    }
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - asked > SOONEST) ask();
  });
  askIn(Number(box.dataset.next));
})();
