// The change, as soon as the amount given is typed. The receipt says it again, with or without us.
(() => {
  "use strict";
  const form = document.querySelector("[data-sale]");
  const given = form.querySelector("[name=cash_given]");
  const change = form.querySelector("[data-change]");
  if (!given) return;

  const show = () => {
    const { total, currency, money: pattern } = form.querySelector("[data-total]").dataset;
    // In whole minor units, as 0.1 + 0.2 is not 0.3.
    const places = (total.split(".")[1] ?? "").length;
    const minor = Math.round(Number(given.value) * 10 ** places) - Math.round(Number(total) * 10 ** places);
    const options = { minimumFractionDigits: places, maximumFractionDigits: places };
    const amount = (Math.abs(minor) / 10 ** places).toLocaleString(`${document.documentElement.lang}-u-nu-latn`, options);
    const money = pattern.replace("{currency}", currency).replace("{amount}", amount);
    const words = minor < 0 ? change.dataset.wordsShort : change.dataset.words;
    change.textContent = given.value ? words.replace("{money}", money) : "";
  };

  given.addEventListener("input", show);
  document.body.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show);
})();
