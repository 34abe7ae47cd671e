// Nobody is signed in here: tickets and news of whoever was are not for the next person. What a friend has shared stays.
(async () => {
  "use strict";
  await globalThis.caches?.delete("tickets-own");
  const worker = await navigator.serviceWorker?.getRegistration("/bookings/");
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
})().catch(() => {});
