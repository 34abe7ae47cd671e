// Opens ticket pages with no signal: those that were opened before, and the files they need. Never a price or a map.
"use strict";
// JSON of addresses of our own: nothing that anybody could write.
const KEPT = {{ kept|safe }};
const FILES = `tickets-files-${KEPT.version}`;
const PATIENCE = 2_500;
const OWN = new RegExp(`^${KEPT.home}[\\w-]+/tickets/$`);
const SHARED = new RegExp(`^${KEPT.home}(?:shared/[^/]+|open/[^/]+/[^/]+)/$`);
const cacheFor = (path) => (OWN.test(path) ? "tickets-own" : SHARED.test(path) ? "tickets-shared" : null);

// A page that was kept before a deploy asks for the files of that time: app.0123456789ab.css is app.css.
const plain = (path) => path.replace(/\.[0-9a-f]{12}(?=\.\w+$)/, "");
const named = new Map(KEPT.files.map((path) => [plain(path), path]));

const forgetOver = async () => {
  for (const name of ["tickets-own", "tickets-shared"]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const kept = await cache.match(request);
      if (Number(kept.headers.get("X-Ticket-Until")) < Date.now()) await cache.delete(request);
    }
  }
};

const forgetOlderFiles = async () => {
  for (const name of await caches.keys()) if (name.startsWith("tickets-files-") && name !== FILES) await caches.delete(name);
};

// What is no ticket any more (cancelled, taken back, signed out) is not kept, either.
const ask = async (request, cache, path) => {
  const response = await fetch(request);
  if (response.status >= 500) return (await cache.match(path)) ?? response;
  await (response.ok ? cache.put(path, response.clone()) : cache.delete(path));
  return response;
};

const page = async (event, path) => {
  const cache = await caches.open(cacheFor(path));
  const fresh = ask(event.request, cache, path);
  event.waitUntil(fresh.then(forgetOver, () => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  return (await Promise.race([fresh, late]).catch(() => null)) ?? (await cache.match(path)) ?? fresh;
};

const file = async (request, path) => {
  const cache = await caches.open(FILES);
  const kept = plain(path) === path ? null : await cache.match(path);
  return kept ?? fetch(request).catch(() => cache.match(named.get(plain(path))));
};

addEventListener("push", (event) => {
  const { title, ...news } = event.data.json();
  event.waitUntil(registration.showNotification(title, news));
});
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow(KEPT.home));
});
addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(KEPT.files)));
});
addEventListener("activate", (event) =>
  event.waitUntil(Promise.all([forgetOlderFiles(), forgetOver(), clients.claim()])),
);
addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && cacheFor(pathname)) event.respondWith(page(event, pathname));
  else if (request.mode !== "navigate" && named.has(plain(pathname))) event.respondWith(file(request, pathname));
});
