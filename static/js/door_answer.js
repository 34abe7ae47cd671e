// The card that says it, by the server (a piece of its page) or by this phone (a copy of the empty card).
(() => {
  "use strict";
  const { root, words } = door;
  const place = root.querySelector("[data-answer]");

  const cardOf = ({ verdict, reason, showtime }) => {
    const card = root.querySelector("[data-card]").content.cloneNode(true);
    const fill = (name, text) => {
      const part = card.querySelector(`.admission__${name}`);
      part.textContent = text ?? "";
      part.hidden = !text;
    };
    card.firstElementChild.classList.add(`admission--${verdict}`);
    fill("word", words.verdicts[verdict]);
    fill("why", reason);
    fill("show", showtime && `${showtime.movie}, ${showtime.screenName}, ${showtime.starts}`);
    fill("age", showtime?.age);
    fill("note", verdict === "welcome" && words.seat);
    return card;
  };

  door.piece = (html) => document.createRange().createContextualFragment(html);

  door.show = (said) => {
    place.replaceChildren(said.html ? door.piece(said.html) : cardOf(said));
    document.title = words.verdicts[said.verdict];
    door.signal(said.verdict);
    if (matchMedia("(pointer: coarse)").matches) place.scrollIntoView({ block: "nearest" });
  };

  // Without a line somebody came in who should not have: it stays on the page until it is looked at.
  door.hearOfMistake = (html) => {
    const mistakes = root.querySelector("[data-mistakes]");
    mistakes.hidden = false;
    mistakes.querySelector("ul").prepend(door.piece(html));
  };
})();
