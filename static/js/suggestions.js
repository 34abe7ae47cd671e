// Suggestions for a search field, as the ARIA practices describe a combobox with a list: arrows choose, Enter opens,
// Escape closes. Without us the field is a plain search. The page may put new fields in place of old ones.
(() => {
  "use strict";
  const PAUSE = 200;
  let timer, asked;

  const partsOf = (input) => {
    const box = input.name === "q" && input.closest("[data-suggestions]");
    return box && { box, input, list: box.querySelector("[role=listbox]"), said: box.querySelector("[data-said]") };
  };
  const chosenIn = (list) => list.querySelector("[aria-selected=true]");

  const choose = ({ input, list }, option) => {
    chosenIn(list)?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option?.id ?? "");
  };

  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const optionOf = ({ title, note, url }, place) => {
    const option = make("li", { id: `q-option-${place}`, className: "search__option", role: "option", ariaSelected: "false" });
    option.append(make("b", { textContent: title }), " ", make("small", { textContent: note }));
    option.dataset.url = url;
    return option;
  };

  const show = (parts, { options, said }) => {
    const { input, list } = parts;
    list.replaceChildren(...options.map(optionOf));
    choose(parts, null);
    list.hidden = !options.length;
    parts.said.textContent = said;
    input.setAttribute("aria-controls", list.id);
    Object.assign(input, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: String(!list.hidden) });
  };
  const close = (parts) => close(parts);

  const ask = async (parts) => {
    asked?.abort();
    asked = new AbortController();
    if (parts.input.value.trim().length < 2) return close(parts);
    const url = `${parts.box.dataset.suggestions}?q=${encodeURIComponent(parts.input.value)}`;
    const response = await fetch(url, { signal: asked.signal }).catch(() => null);
    if (response?.ok && document.activeElement === parts.input) show(parts, await response.json());
  };

  document.addEventListener("input", ({ target }) => {
    const parts = partsOf(target);
    clearTimeout(timer);
    if (parts) timer = setTimeout(ask, PAUSE, parts);
  });

  document.addEventListener("keydown", (event) => {
    const parts = partsOf(event.target);
    if (!parts || parts.list.hidden) return;
    const options = [...parts.list.children];
    const at = options.indexOf(chosenIn(parts.list));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(parts, options.at((at === -1 && step < 0 ? 0 : at) + step) ?? options[0]);
    else if (event.key === "Enter" && at !== -1) location.assign(options[at].dataset.url);
    else if (event.key === "Escape") close(parts);
    else return;
    event.preventDefault();
  });

  document.addEventListener("focusout", ({ target }) => partsOf(target) && close(partsOf(target)));
  document.addEventListener("mousedown", (event) => event.target.closest(".search__list") && event.preventDefault());
  document.addEventListener("click", ({ target }) => {
    const { url } = target.closest(".search__option")?.dataset ?? {};
    if (url) location.assign(url);
  });
})();
