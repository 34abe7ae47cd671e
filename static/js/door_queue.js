// With a line: the scans that wait go to the server, and today's lists come from there.
(() => {
  "use strict";
  const { homeUrl, keysUrl, revokedUrl, todayUrl } = door.root.dataset;
  const BATCH = 50;
  let isSending = false;

  // Who came in since the lists were fetched.
  const noteUsed = async ({ verdict, serial }) =>
    ["welcome", "already"].includes(verdict) && door.keep("since", [...((await door.list("since")) ?? []), serial]);

  // In nobody else's name: theirs wait until they sign in here again.
  const sendWaiting = async () => {
    const scans = (await door.waiting()).filter(({ by }) => by === door.by).slice(0, BATCH);
    for (const answer of scans.length ? await door.post(scans) : []) {
      await noteUsed(answer);
      await door.forget(answer.id);
      if (answer.wrong) door.hearOfMistake(answer.wrong);
    }
    if (scans.length === BATCH) await sendWaiting();
  };

  const fetchLists = async (theater) => {
    const before = (await door.list("since")) ?? [];
    const urls = { keys: keysUrl, revoked: `${revokedUrl}?theater=${theater}`, today: `${todayUrl}?theater=${theater}` };
    for (const [name, url] of Object.entries(urls)) {
      await door.keep(name, { ...(await door.ask(url)), heardAt: Date.now() });
    }
    await door.keep("since", ((await door.list("since")) ?? []).filter((serial) => !before.includes(serial)));
  };

  // Throws while there is no line. A page that was kept has no token: the real one takes its place when it can be had.
  const tend = async (place, isKeptPage) => {
    if (isKeptPage) return door.reach(homeUrl, { method: "HEAD" }).then(() => location.replace(homeUrl));
    if (isSending) return undefined;
    isSending = true;
    await sendWaiting().finally(() => (isSending = false));
    return place && fetchLists(place.theater);
  };

  Object.assign(door, { tend, noteUsed });
})();
