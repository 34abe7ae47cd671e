// The page itself: each code goes to the server, and if that is away, this phone judges and remembers.
(() => {
  "use strict";
  const { root, words } = door;
  const form = root.querySelector("[data-codes]");
  const field = form.elements.code;
  const line = root.querySelector("[data-line]");
  const { keptPage, workerUrl, ...here } = root.dataset;
  const EVERY = 30_000;
  const unanswered = {};
  let place = here.theater ? { theater: here.theater, screen: here.screen, place: here.place, name: here.name } : null;
  let turn = Promise.resolve();
  let timer = null;

  const tell = async (state) => {
    line.textContent = words[state].replace("{count}", (await door.waiting()).length);
    line.hidden = false;
    line.dataset.line = state;
  };

  const judgeHere = async (scan) => {
    const said = await door.judge(scan.code, place);
    if (said.verdict === "welcome") await door.queue({ ...scan, code: said.serial, let_in: true });
    door.show(said);
    await tell("away");
  };

  const check = async (code) => {
    // The same id until it is answered: the server may have heard us although we have not heard it.
    const id = (unanswered[code] ??= crypto.randomUUID());
    const scan = { id, code, at: new Date().toISOString(), place: place?.place ?? "" };
    const [said] = await door.post([scan], line.dataset.line === "away").catch((error) => [{ error }]);
    if (said.error instanceof door.SignedOut) return door.show({ verdict: "cannot", reason: words.signIn });
    if (said.error) return judgeHere(scan);
    delete unanswered[code];
    door.show(said);
    return said.serial && door.noteUsed(said.serial).catch(() => {});
  };

  door.check = (code) => (turn = turn.catch(() => {}).then(() => check(code.replace(/\s/g, "").toUpperCase())));

  const tend = async () => {
    clearTimeout(timer);
    try {
      await door.tend(place, Boolean(keptPage));
      await tell(place ? "connected" : "anywhere");
    } catch (error) {
      await tell(error instanceof door.SignedOut ? "signedOut" : "away");
    }
    timer = setTimeout(tend, EVERY);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) door.check(field.value);
    field.value = "";
  });
  // A hardware scanner types wherever the focus happens to be.
  document.addEventListener("keydown", ({ key, target }) => key.length === 1 && target === document.body && field.focus());
  addEventListener("online", tend);
  addEventListener("offline", () => tell("away"));
  const goOn = (kept) => {
    place = kept;
    if (kept) root.querySelector("h1").textContent = kept.name;
  };
  const begin = keptPage ? door.list("place").then(goOn) : door.keep("place", place);
  begin.catch(() => {}).then(tend);
  navigator.serviceWorker?.register(workerUrl).catch(() => {});
  door.stayAwake();
})();
