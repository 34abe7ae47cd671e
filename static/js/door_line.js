// The line to the server. What is sent twice counts once, by the scan's id.
(() => {
  "use strict";
  const { scansUrl } = door.root.dataset;
  const PATIENCE = 4_000;
  const LITTLE_PATIENCE = 1_000;

  class SignedOut extends Error {}

  const reach = async (url, options = {}, patience = PATIENCE) => {
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(url, { redirect: "manual", cache: "no-cache", signal, ...options });
    if (response.type === "opaqueredirect" || response.status === 403) throw new SignedOut();
    if (!response.ok) throw new Error(response.status);
    return response;
  };

  const ask = async (...request) => (await reach(...request)).json();

  const post = async (scans, isAway = false) => {
    const token = door.root.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!token) throw new Error("a page that was kept sends nothing");
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const body = JSON.stringify({ scans });
    const patience = isAway ? LITTLE_PATIENCE : PATIENCE;
    return (await ask(scansUrl, { method: "POST", headers, body }, patience)).scans;
  };

  Object.assign(door, { SignedOut, reach, ask, post });
})();
