// One code after the other goes to the server, and if that is away, this phone judges and remembers.
(() => {
  "use strict";
  const { root, words } = door;
  const line = root.querySelector("[data-line]");
  const LONGEST = 300; // as DoorScanForm takes it
  const unanswered = {};
  let turn = Promise.resolve();

  door.tell = async (state) => {
    const waiting = await door.waiting();
    const others = waiting.filter(({ by }) => by !== door.by).length;
    const own = words[state].replace("{count}", waiting.length - others);
    const text = others ? `${own} ${words.others.replace("{count}", others)}` : own;
    if (line.textContent !== text) line.textContent = text; // or it would be read aloud again
    line.hidden = false;
    line.dataset.line = state;
  };

  const judgeHere = async (scan) => {
    const said = await door.judge(scan.code, door.place);
    if (said.verdict === "welcome") await door.queue({ ...scan, code: said.serial, let_in: true });
    // Judged for good: who comes next with this code is somebody else.
    if (said.verdict !== "cannot") delete unanswered[scan.code];
    door.show(said);
    await door.tell("away");
  };

  // Whom this phone has let in, the server does not know before that scan is sent.
  const isWaiting = async (code) => (await door.waiting()).some((scan) => scan.code === door.serialOf(code));

  const check = async (code) => {
    if (await isWaiting(code)) return door.show({ verdict: "already", reason: words.already });
    // The same id until it is answered: the server may have heard us although we have not heard it.
    const id = (unanswered[code] ??= crypto.randomUUID());
    const at = new Date(await door.now()).toISOString();
    const scan = { id, code, at, by: door.by, place: door.place?.place ?? "" };
    const [said] = await door.post([scan], line.dataset.line === "away").catch((error) => [{ error }]);
    if (said.error?.state) return door.show({ verdict: "cannot", reason: said.error.reason });
    if (said.error) return judgeHere(scan);
    delete unanswered[code];
    door.show(said);
    return door.noteUsed(said).catch(() => {});
  };

  // Other people's codes hold anything; ours are letters and figures.
  door.check = (raw) => {
    const code = raw.replace(/[\s\p{C}]/gu, "").toUpperCase().slice(0, LONGEST);
    if (code) turn = turn.catch(() => {}).then(() => check(code));
    return turn;
  };
})();
