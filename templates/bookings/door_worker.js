// Lets the door's page open without a line. It keeps files and an empty page; lists and scans are in door_store.js.
"use strict";
// JSON of the addresses of our own files: nothing that anybody could write.
const KEPT = {{ kept|safe }};
const CACHE = `door-${KEPT.version}`;
const HOME = "{% url "bookings:door" %}";
const EMPTY_PAGE = "{% url "bookings:door_offline" %}";
const PATIENCE = 5_000;

// Without cookies, so that it is nobody's.
const keepPage = async () =>
  (await caches.open(CACHE)).add(new Request(EMPTY_PAGE, { credentials: "omit", cache: "reload" }));

const keepFiles = async () => (await caches.open(CACHE)).addAll(KEPT.files);

const forgetOlder = async () => {
  for (const name of await caches.keys()) if (name.startsWith("door-") && name !== CACHE) await caches.delete(name);
  await clients.claim();
};

// A server that is down may still be answered for.
const reach = async (request) => {
  const response = await fetch(request);
  if (response.status >= 500) throw new Error(response.status);
  return response;
};

const page = async (request) => {
  const late = new Promise((resolve, reject) => setTimeout(reject, PATIENCE));
  try {
    const response = await Promise.race([reach(request), late]);
    keepPage().catch(() => {}); // as it is today
    return response;
  } catch {
    return caches.match(EMPTY_PAGE, { ignoreVary: true });
  }
};

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(Promise.all([keepPage(), keepFiles()]));
});
addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === HOME) event.respondWith(page(request));
  else if (KEPT.files.includes(pathname)) event.respondWith(reach(request).catch(() => caches.match(pathname)));
});
