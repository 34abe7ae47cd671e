// The room as one tab stop: arrows walk from seat to seat, Home and End along the row, with Ctrl through the room.
(() => {
  "use strict";
  const form = document.querySelector("[data-seat-map]");
  const rows = [...form.querySelectorAll("[role=group]")];
  const seatsIn = (area) => [...area.querySelectorAll("input[name=seats]:enabled")];
  const place = (seat) => seat.getBoundingClientRect().left;
  const nearest = (seats, x) => seats.reduce((a, b) => (Math.abs(place(b) - x) < Math.abs(place(a) - x) ? b : a));
  let current = null;
  const row = () => current.closest("[role=group]");

  const stand = (seat) => {
    if (current) current.tabIndex = -1;
    current = seat;
    if (current) current.tabIndex = 0;
  };

  // The next row that has a seat to offer, and in it the one straight ahead.
  const across = (step) => {
    for (let i = rows.indexOf(row()) + step; rows[i]; i += step) {
      const seats = seatsIn(rows[i]);
      if (seats.length) return nearest(seats, place(current));
    }
    return current;
  };

  const along = (step) => {
    const seats = seatsIn(row());
    return seats[seats.indexOf(current) + step] ?? current;
  };

  const moves = {
    ArrowLeft: () => along(-1),
    ArrowRight: () => along(1),
    ArrowUp: () => across(-1),
    ArrowDown: () => across(1),
    Home: (area) => seatsIn(area)[0],
    End: (area) => seatsIn(area).at(-1),
  };

  form.addEventListener("keydown", (event) => {
    if (event.target !== current || !moves[event.key] || event.altKey || event.metaKey) return;
    event.preventDefault();
    moves[event.key](event.ctrlKey ? form : row()).focus();
    current.scrollIntoView({ block: "nearest", inline: "nearest" }); // out from under the bar and the row's name
  });
  form.addEventListener("focusin", (event) => event.target.name === "seats" && stand(event.target));
  form.addEventListener("seats-taken", () => {
    if (current && !current.disabled) return;
    const hadFocus = current && document.activeElement === current;
    const beside = current ? seatsIn(row()) : [];
    const seats = beside.length ? beside : seatsIn(form);
    stand(seats.length ? nearest(seats, current ? place(current) : 0) : null);
    if (hadFocus) current?.focus();
  });

  for (const seat of form.querySelectorAll("input[name=seats]")) seat.tabIndex = -1;
  const needed = form.querySelector(".seat-wheelchair [data-kept]:enabled");
  stand(form.querySelector("input[name=seats]:checked") ?? needed ?? seatsIn(form)[0]);
})();
