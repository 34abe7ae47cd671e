// Counts and adds up what is chosen, and keeps to the limit. The form works without us: the server does it again.
(() => {
  "use strict";
  const form = document.querySelector("[data-seat-map]");
  const words = form.dataset;
  const count = form.querySelector("[data-chosen]");
  const total = form.querySelector("[data-total]");
  const say = form.querySelector("[data-say]");
  const scroll = form.querySelector("[data-scroll]");
  const nothingChosen = count.textContent;
  const chosenSeats = () => [...form.querySelectorAll("input[name=seats]:checked")];

  // In whole minor units, as 0.1 + 0.2 is not 0.3; the prices have as many places as their currency.
  const sum = (prices) => {
    if (words.orderFee && prices.some(Number)) prices.push(words.orderFee); // the box office asks for none
    const places = (prices[0].split(".")[1] ?? "").length;
    const minor = prices.reduce((sum, price) => sum + Math.round(Number(price) * 10 ** places), 0);
    const options = { minimumFractionDigits: places, maximumFractionDigits: places };
    const amount = (minor / 10 ** places).toLocaleString(`${document.documentElement.lang}-u-nu-latn`, options);
    return words.money.replace("{currency}", words.currency).replace("{amount}", amount);
  };

  const show = () => {
    const seats = chosenSeats();
    const labels = seats.map((seat) => seat.dataset.label).join(", ");
    count.textContent = seats.length
      ? words.wordsChosen.replace("{count}", seats.length).replace("{labels}", labels)
      : nothingChosen;
    total.textContent = seats.length ? sum(seats.map((seat) => seat.dataset.price)) : "";
    // Its seats lead through the room by keyboard; without a free one it must be scrolled itself.
    scroll.tabIndex = form.querySelector("input[name=seats]:enabled") ? -1 : 0;
  };

  form.addEventListener("change", (event) => {
    const isTooMany = chosenSeats().length > Number(words.most);
    if (isTooMany) event.target.checked = false;
    say.textContent = isTooMany ? words.wordsMost : "";
    show();
  });
  form.addEventListener("seats-taken", show);
  window.addEventListener("pageshow", show);

  // A room wider than the screen begins at its best places, or at what is chosen.
  const needed = form.querySelector(".seat-wheelchair [data-kept]:enabled");
  const first = (chosenSeats()[0] ?? needed)?.parentElement;
  const middle = first ? first.offsetLeft + first.offsetWidth / 2 : scroll.scrollWidth / 2;
  scroll.scrollLeft = middle - scroll.clientWidth / 2;
})();
