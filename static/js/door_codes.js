// Reads a ticket's code without asking anybody: `verify_code` of bookings/codes.py, for a browser.
(() => {
  "use strict";
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const BODY = 16;
  const VERSION = 1;
  const SIGNED = /^[A-Z2-7]{128}$/;

  const bytesOf = (code) => {
    const bytes = new Uint8Array((code.length * 5) / 8);
    let bits = 0;
    let held = 0;
    let at = 0;
    for (const letter of code) {
      held = ((held << 5) | LETTERS.indexOf(letter)) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = (held >> bits) & 0xff;
      }
    }
    return bytes;
  };

  const isSigned = async (bytes, key) => {
    const raw = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
    const imported = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    return crypto.subtle.verify({ name: "Ed25519" }, imported, bytes.slice(BODY), bytes.slice(0, BODY));
  };

  // As it stands on the ticket, of a code or of what was typed; whether it is genuine is another question.
  door.serialOf = (code) => {
    const letters = SIGNED.test(code) ? String.fromCharCode(...bytesOf(code).slice(6, BODY)) : code;
    return letters.replace(/^(.{5})-?/, "$1-");
  };

  // {serial, showtime}, or null when it is not signed by one of our keys. Throws where the browser cannot say.
  door.read = async (code, keys) => {
    if (!SIGNED.test(code)) return null;
    const bytes = bytesOf(code);
    for (const { id, key } of keys) {
      if (bytes[0] !== VERSION || bytes[1] !== id || !(await isSigned(bytes, key))) continue;
      return { serial: door.serialOf(code), showtime: new DataView(bytes.buffer).getUint32(2) };
    }
    return null;
  };
})();
