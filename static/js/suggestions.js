// Suggestions for a search field, as the ARIA practices describe a combobox with a list: arrows choose, Enter opens,
// Escape closes. Without us the field is a plain search. The page may put new fields in place of old ones.
(() => {
  "use strict";
  const PAUSE = 200;
  const NOTHING = { options: "", said: "" };
  let timer, asked;

  const partsOf = (input) => {
    const box = input.name === "q" && input.closest("[data-suggestions]");
    return box && { box, input, list: box.querySelector("[role=listbox]"), said: box.querySelector("[data-said]") };
  };
  const open = (option) => option && location.assign(option.dataset.url);

  const choose = ({ input, list }, chosen) => {
    for (const option of list.children) option.ariaSelected = String(option === chosen);
    input.setAttribute("aria-activedescendant", chosen?.id ?? "");
  };

  const show = (parts, { options, said }) => {
    const { input, list } = parts;
    list.innerHTML = options;
    list.hidden = !options;
    parts.said.textContent = said;
    Object.assign(input, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: String(!list.hidden) });
    choose(parts, null);
  };

  const ask = async (parts) => {
    asked?.abort();
    asked = new AbortController();
    if (parts.input.value.trim().length < 2) return show(parts, NOTHING);
    const url = `${parts.box.dataset.suggestions}?q=${encodeURIComponent(parts.input.value)}`;
    const response = await fetch(url, { signal: asked.signal }).catch(() => null);
    if (response?.ok && document.activeElement === parts.input) show(parts, await response.json());
  };

  const press = (event, parts) => {
    const options = [...parts.list.children];
    const at = options.findIndex((option) => option.ariaSelected === "true");
    const next = { ArrowDown: at + 1, ArrowUp: Math.max(at, 0) - 1 }[event.key];
    if (next !== undefined) choose(parts, options.at(next) ?? options[0]);
    else if (event.key === "Enter" && at !== -1) open(options[at]);
    else if (event.key === "Escape") show(parts, NOTHING);
    else return;
    event.preventDefault();
  };

  document.addEventListener("input", ({ target }) => {
    clearTimeout(timer);
    if (partsOf(target)) timer = setTimeout(ask, PAUSE, partsOf(target));
  });
  document.addEventListener("keydown", (event) => {
    if (partsOf(event.target) && !partsOf(event.target).list.hidden) press(event, partsOf(event.target));
  });
  document.addEventListener("focusout", ({ target }) => partsOf(target) && show(partsOf(target), NOTHING));
  // A press must not take the focus away, which would close the list before the click.
  document.addEventListener("mousedown", (event) => event.target.closest(".search__list") && event.preventDefault());
  document.addEventListener("click", ({ target }) => open(target.closest(".search__option")));
})();
