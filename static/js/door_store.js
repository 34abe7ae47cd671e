// What this phone keeps to go on without a line: keys, lists of today, scans to be sent. Nothing about who bought.
(() => {
  "use strict";
  const opened = new Promise((resolve, reject) => {
    const request = indexedDB.open("door", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("lists");
      request.result.createObjectStore("scans", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opened.catch(() => {}); // a private window may refuse; each use hears of it

  const use = async (name, mode, ask) => {
    const transaction = (await opened).transaction(name, mode);
    const request = ask(transaction.objectStore(name));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };

  window.door = {
    root: document.querySelector("[data-door]"),
    words: JSON.parse(document.getElementById("door-words").textContent),
    list: (name) => use("lists", "readonly", (store) => store.get(name)),
    keep: (name, value) => use("lists", "readwrite", (store) => store.put(value, name)),
    waiting: () => use("scans", "readonly", (store) => store.getAll()).catch(() => []),
    queue: (scan) => use("scans", "readwrite", (store) => store.put(scan)),
    // The server's clock counts: ours may be wrong by hours.
    now: async () => {
      const today = await door.list("today").catch(() => null);
      return Date.now() + (today?.now - today?.heardAt || 0);
    },
    forget: (id) => use("scans", "readwrite", (store) => store.delete(id)),
  };
})();
