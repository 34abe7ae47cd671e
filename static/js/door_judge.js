// What the phone says by itself, in the order of `refusal` in bookings/flows/admission.py.
(() => {
  "use strict";
  const { words } = door;
  const SERIAL = /^[0-9A-Z]{5}-?[0-9A-Z]{5}$/;

  const usedSerials = async (today) => {
    const waiting = (await door.waiting()).map((scan) => scan.code);
    return new Set([...today.used, ...((await door.list("since")) ?? []), ...waiting]);
  };

  const refusal = (ticket, showtime, revoked, used, place, now) => {
    if (revoked.includes(ticket.serial)) return ["void", words.void];
    if (!showtime) return ["not_today", words.notToday];
    if (place.screen && String(showtime.screen) !== place.screen) {
      return ["elsewhere", words.elsewhere.replace("{screen}", showtime.screenName)];
    }
    if (used.has(ticket.serial)) return ["already", words.already];
    if (now >= showtime.endsAt) return ["void", words.over];
    if (now < showtime.opensAt) return ["early", words.early.replace("{opens}", showtime.opens)];
    return null;
  };

  const known = (serial, revoked, used) => {
    if (revoked.includes(serial)) return { verdict: "void", reason: words.void };
    if (used.has(serial)) return { verdict: "already", reason: words.already };
    return { verdict: "cannot", reason: words.typed };
  };

  const judge = async (code, place) => {
    const [keys, revoked, today] = await Promise.all(["keys", "revoked", "today"].map(door.list));
    const now = await door.now();
    if (!keys || !revoked || today?.theater !== place?.theater || now >= today.until) {
      return { verdict: "cannot", reason: words.noLists };
    }
    const used = await usedSerials(today);
    if (SERIAL.test(code)) return known(door.serialOf(code), revoked.serials, used);
    const ticket = await door.read(code, keys.keys);
    if (!ticket) return { verdict: "forged", reason: words.forged };
    const showtime = today.showtimes.find((one) => one.id === ticket.showtime);
    const [verdict, reason] = refusal(ticket, showtime, revoked.serials, used, place, now) ?? ["welcome", ""];
    return { verdict, reason, showtime, serial: ticket.serial };
  };

  door.judge = async (code, place) => {
    try {
      return await judge(code, place);
    } catch {
      return { verdict: "cannot", reason: words.noCheck };
    }
  };
})();
