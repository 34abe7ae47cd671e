// The line to the server: scans go there, lists come from there. What is sent twice counts once, by the scan's id.
(() => {
  "use strict";
  const { homeUrl, keysUrl, revokedUrl, todayUrl, scansUrl } = door.root.dataset;
  const PATIENCE = 4_000;
  const LITTLE_PATIENCE = 1_000;
  const BATCH = 50;
  let isSending = false;

  class SignedOut extends Error {}

  const ask = async (url, options = {}, patience = PATIENCE) => {
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(url, { redirect: "manual", cache: "no-cache", signal, ...options });
    if (response.type === "opaqueredirect" || response.status === 403) throw new SignedOut();
    if (!response.ok) throw new Error(response.status);
    return response.json();
  };

  const post = async (scans, isAway = false) => {
    const token = door.root.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!token) throw new Error("a page that was kept sends nothing");
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const body = JSON.stringify({ scans });
    const patience = isAway ? LITTLE_PATIENCE : PATIENCE;
    return (await ask(scansUrl, { method: "POST", headers, body }, patience)).scans;
  };

  // Who came in since the lists were fetched.
  const noteUsed = async ({ verdict, serial }) =>
    ["welcome", "already"].includes(verdict) && door.keep("since", [...((await door.list("since")) ?? []), serial]);

  const sendWaiting = async () => {
    const scans = (await door.waiting()).slice(0, BATCH);
    for (const answer of scans.length ? await post(scans) : []) {
      await noteUsed(answer);
      await door.forget(answer.id);
      if (answer.wrong) door.hearOfMistake(answer.wrong);
    }
    if (scans.length === BATCH) await sendWaiting();
  };

  const fetchLists = async (theater) => {
    const before = (await door.list("since")) ?? [];
    const urls = { keys: keysUrl, revoked: `${revokedUrl}?theater=${theater}`, today: `${todayUrl}?theater=${theater}` };
    for (const [name, url] of Object.entries(urls)) await door.keep(name, await ask(url));
    await door.keep("since", ((await door.list("since")) ?? []).filter((serial) => !before.includes(serial)));
  };

  // Throws while there is no line. A page that was kept has no token: with a line, the real one takes its place.
  const tend = async (place, isKeptPage) => {
    if (isKeptPage) return ask(keysUrl).then(() => location.replace(homeUrl));
    if (isSending) return undefined;
    isSending = true;
    await sendWaiting().finally(() => (isSending = false));
    return place && fetchLists(place.theater);
  };

  Object.assign(door, { SignedOut, post, tend, noteUsed });
})();
