// Tickets on the phone: they open again with no signal, and the screen stays on while they are shown.
(() => {
  "use strict";
  const root = document.querySelector("[data-tickets]");
  const noSignal = root.querySelector("[data-no-signal]");
  let lock = null;

  const tell = () => (noSignal.hidden = navigator.onLine);

  // The first time nobody stands between this page and the server yet who could keep it.
  const keep = async () => {
    const isKept = navigator.serviceWorker.controller;
    await navigator.serviceWorker.register(root.dataset.worker);
    if (isKept) return;
    const answer = await fetch(location.pathname, { redirect: "manual" });
    if (answer.ok) await (await caches.open(root.dataset.tickets)).put(location.pathname, answer);
  };

  const stayAwake = async () => {
    if (document.hidden || lock?.released === false) return;
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  };

  for (const change of ["online", "offline"]) addEventListener(change, tell);
  document.addEventListener("visibilitychange", stayAwake);
  tell();
  stayAwake();
  if (navigator.serviceWorker) keep().catch(() => {});
})();
