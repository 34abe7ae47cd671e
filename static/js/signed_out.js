// Nobody is signed in here: tickets of whoever was are not for the next person. What a friend has shared stays.
globalThis.caches?.delete("tickets-own").catch(() => {});
