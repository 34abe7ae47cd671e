// The server tells at once what others take or give back. Where it cannot, we ask every few seconds with the ETag we
// have; nothing new costs nothing. Nobody looks at a hidden page, so it neither listens nor asks.
(() => {
  "use strict";
  const EVERY = 5_000;
  const AT_MOST = 60_000;
  const form = document.querySelector("[data-seat-map]");
  const { statesUrl, streamUrl, mark } = form.dataset;
  for (const button of document.querySelectorAll(".choosing [data-without-script]")) button.hidden = true;
  const tell = (states) => form.dispatchEvent(new CustomEvent("seats-known", { detail: states }));
  let pause = EVERY;
  let version = null;
  let timer = null;
  let stream = null;

  const ask = async () => {
    const listener = stream;
    try {
      const response = await fetch(`${statesUrl}?mark=${mark}`, { cache: "no-cache", signal: AbortSignal.timeout(EVERY * 2) });
      if (!response.ok) throw new Error(response.status);
      const states = await response.json();
      if (listener.isSilent && states.version !== version) tell(states);
      version = states.version;
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, AT_MOST);
    }
    if (stream === listener && listener.isSilent) askIn(pause);
  };

  const askIn = (time) => {
    clearTimeout(timer);
    timer = setTimeout(ask, time);
  };

  // Everybody is told the same: who holds what, by a mark. Ours is in the page.
  const hear = (event) => {
    clearTimeout(timer);
    stream.isSilent = false;
    form.dataset.live = "";
    const { booked, held } = JSON.parse(event.data);
    const { [mark]: yours = [], ...others } = held;
    version = null;
    tell({ booked, yours, held: Object.values(others).flat() });
  };

  const listen = () => {
    stream = new EventSource(streamUrl);
    stream.isSilent = true;
    stream.onmessage = hear;
    stream.onerror = () => {
      stream.isSilent = true;
      askIn(EVERY);
    };
  };

  const rest = () => {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  if (!document.hidden) listen();
})();
