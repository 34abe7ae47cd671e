// The page itself: where one works, the field for codes, and every now and then a look at the line.
(() => {
  "use strict";
  const { root } = door;
  const form = root.querySelector("[data-codes]");
  const field = form.elements.code;
  const { keptPage, workerUrl, theater, screen, place, name, by } = root.dataset;
  const EVERY = 30_000;
  const EVERY_WHILE_AWAY = 5_000;
  let timer = null;

  const tend = async () => {
    let state = door.place ? "connected" : "anywhere";
    try {
      await door.tend(door.place, Boolean(keptPage));
    } catch (error) {
      state = error.state ?? "away";
    }
    clearTimeout(timer);
    timer = setTimeout(tend, state === "away" ? EVERY_WHILE_AWAY : EVERY);
    await door.tell(state);
  };

  const goOn = (kept) => {
    door.place = kept;
    door.by = kept?.by;
    if (kept) root.querySelector("h1").textContent = kept.name;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) door.check(field.value);
    field.value = "";
  });
  // A hardware scanner types wherever the focus happens to be.
  document.addEventListener("keydown", ({ key, target }) => {
    if (/^[\w-]$/.test(key) && !target.closest("input, select, textarea")) field.focus();
  });
  addEventListener("online", tend);
  addEventListener("offline", () => door.tell("away"));

  door.by = by;
  door.place = theater ? { theater, screen, place, name, by } : null;
  const begin = keptPage ? door.list("place").then(goOn) : door.keep("place", door.place);
  begin.catch(() => {}).then(tend);
  navigator.serviceWorker?.register(workerUrl).catch(() => {});
  door.stayAwake();
})();
