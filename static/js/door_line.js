// The line to the server. What is sent twice counts once, by the scan's id.
(() => {
  "use strict";
  const { words } = door;
  const { scansUrl } = door.root.dataset;
  const PATIENCE = 4_000;
  const LITTLE_PATIENCE = 1_000;

  // The server has answered: not what was asked, but why it says nothing about it.
  const refusal = (state, reason) => Object.assign(new Error(state), { state, reason });

  const reach = async (url, options = {}, patience = PATIENCE) => {
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(url, { redirect: "manual", cache: "no-cache", signal, ...options });
    if (response.type === "opaqueredirect" || response.status === 403) throw refusal("signedOut", words.signIn);
    if (response.status >= 500) throw new Error(response.status);
    if (!response.ok) throw refusal("outdated", words.outdated);
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

  Object.assign(door, { reach, ask, post });
})();
