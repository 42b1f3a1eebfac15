// The desk by keyboard: type part of a name, pinyin or a code; Enter checks in the one that fits.
// Of several nobody is chosen until an arrow or a number says which.
// Without this the same form finds on the server.
const box = document.getElementById("find");
const form = box.form;
const chosen = document.getElementById("chosen");
const several = document.getElementById("several");
const CHOICE = /^(.*\S)\s+([1-9][0-9]?)$/;
const CALM = 400;
const NOBODY = -1;
let at = NOBODY;
let unclear = false;
let moved = -CALM;

function fold(text) {
  return text.normalize("NFKC").toLowerCase().replaceAll("ü", "v").trim();
}

function find() {
  const said = fold(box.value);
  const [, text, number] = said.match(CHOICE) ?? [null, said, null];
  const words = text.split(/\s+/).filter(Boolean);
  const rows = [...document.querySelectorAll("#today .child")];
  const found = rows.filter((row) => words.every((word) => row.dataset.find.includes(word)));
  const whole = found.filter((row) => row.dataset.whole.split("|").includes(text));
  const meant = whole.length === 1 ? whole : found;
  const waiting = meant.filter((row) => "waits" in row.dataset);
  at = number ? Number(number) - 1 : Math.min(at, waiting.length - 1);
  const pick = words.length ? waiting.length === 1 && !number ? waiting[0] : waiting[at] : undefined;
  unclear = words.length > 0 && waiting.length > 1 && !pick;
  if (!unclear) several.hidden = true;
  for (const row of rows) {
    row.hidden = words.length > 0 && !meant.includes(row);
    row.classList.toggle("chosen", row === pick);
  }
  document.getElementById("today").classList.toggle("finding", words.length > 0);
  chosen.value = pick ? pick.id.replace("stay-", "") : "";
  pick?.scrollIntoView({ block: "nearest" });
}

function clear() {
  box.value = "";
  at = NOBODY;
  find();
}

box.addEventListener("input", () => { at = NOBODY; several.hidden = true; find(); });
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") clear();
  else if (event.key === "ArrowDown") at += 1;
  else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
  else return;
  event.preventDefault();
  find();
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  box.focus();
  box.select();
});

document.addEventListener("submit", (event) => {
  if (event.target !== form || !unclear) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  several.hidden = false;
}, true);

// The child is in: the box is free for the next one.
form.addEventListener("desk-done", clear);

document.addEventListener("htmx:after:swap", ({ detail }) => {
  // Asked again and told that nothing changed: nothing moved.
  if (detail.ctx.swap === "none") return;
  moved = performance.now();
  find();
});

// Rows may have moved under the finger: a press in that moment was meant for another one.
document.addEventListener("click", (event) => {
  const isPress = event.target.closest("#today button");
  if (!isPress || event.detail === 0 || performance.now() - moved > CALM) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

if (matchMedia("(pointer: fine)").matches && !location.hash) box.focus();
