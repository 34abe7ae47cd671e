"use strict";
// Select2 and Django's choosers draw boxes of their own, which know nothing of the label of their field.
{
  const nameOf = (select) => {
    const label = document.querySelector(`label[for="${select.id}"]`);
    return label ? label.textContent.trim().replace(/:$/, "") : select.getAttribute("aria-label");
  };

  const nameBox = (box) => {
    const name = nameOf(box.previousElementSibling);
    const search = box.querySelector(".select2-search__field");
    if (search) {
      search.setAttribute("aria-label", name);
      return;
    }
    const selection = box.querySelector(".select2-selection");
    const shown = box.querySelector(".select2-selection__rendered");
    selection.id = `${shown.id}-box`;
    selection.setAttribute("aria-label", name);
    // Its own name, then what is chosen.
    selection.setAttribute("aria-labelledby", `${selection.id} ${shown.id}`);
  };

  const nameBoxes = () => document.querySelectorAll("select + .select2-container").forEach(nameBox);

  // Its cross that clears all would be no item of the list in which it stands; each choice has its own.
  document.querySelectorAll("select.admin-autocomplete[multiple]").forEach((select) => {
    select.dataset.allowClear = "false";
  });
  if (window.django?.jQuery) django.jQuery(nameBoxes); // after Django's own, which draws them
  document.addEventListener("formset:added", () => setTimeout(nameBoxes));
  window.addEventListener("load", () => {
    document.querySelectorAll("span.help-tooltip[aria-label]").forEach((icon) => icon.setAttribute("role", "img"));
  });
}
