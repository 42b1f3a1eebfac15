// Carers: what somebody else changed appears by itself, but never over what is being typed here.
// Without this nothing is lost either: saving over a newer change is refused, and what was typed stays.
function isTyped(form) {
  const fields = [...form.querySelectorAll("input:not([type=hidden])")];
  return form.contains(document.activeElement) || fields.some((one) => one.value !== one.defaultValue);
}

document.addEventListener("htmx:before:swap", () => {
  for (const form of document.querySelectorAll(".shifts-form")) {
    form.toggleAttribute("hx-morph-skip", "draft" in form.dataset || isTyped(form));
  }
});

document.addEventListener("htmx:after:swap", () => {
  for (const form of document.querySelectorAll(".shifts-form")) {
    const section = form.closest("[data-seen]");
    const notice = section.querySelector(".since");
    if (notice) notice.hidden = form.elements.seen.value === section.dataset.seen;
  }
});
