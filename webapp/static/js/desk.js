// The desk by keyboard: type part of a name, pinyin or a code; Enter checks in the one that fits.
// Of several nobody is chosen until an arrow or a number says which.
// Only a key chooses. What another desk does meanwhile may end a choice, and never makes one.
// Without this the same form finds on the server.
const box = document.getElementById("find");
const form = box.form;
const chosen = document.getElementById("chosen");
const several = document.getElementById("several");
const changed = document.getElementById("changed");
const CHOICE = /^(.*\S)\s+([1-9][0-9]?)$/;
const CALM = 400;
let pick = "";
let sent = "";
let unclear = false;
let moved = -CALM;

function fold(text) {
  return text.normalize("NFKC").toLowerCase().replaceAll("ü", "v").trim();
}

function look() {
  const said = fold(box.value);
  const [, text, number] = said.match(CHOICE) ?? [null, said, null];
  const words = text.split(/\s+/).filter(Boolean);
  const rows = [...document.querySelectorAll("#today .child")];
  const found = rows.filter((row) => words.every((word) => row.dataset.find.includes(word)));
  const whole = found.filter((row) => row.dataset.whole.split("|").includes(text));
  const meant = whole.length === 1 ? whole : found;
  const waiting = words.length ? meant.filter((row) => "waits" in row.dataset) : [];
  return { rows, meant, waiting, number, finding: words.length > 0 };
}

function show({ rows, meant, finding }) {
  for (const row of rows) {
    row.hidden = finding && !meant.includes(row);
    row.classList.toggle("chosen", row.id === pick);
  }
  document.getElementById("today").classList.toggle("finding", finding);
  chosen.value = pick.replace("stay-", "");
  if (pick) document.getElementById(pick).scrollIntoView({ block: "nearest" });
}

function choose(seen, row) {
  pick = row?.id ?? "";
  sent = "";
  unclear = !pick && seen.waiting.length > 1;
  several.hidden = changed.hidden = true;
  show(seen);
}

function typed() {
  const seen = look();
  const { waiting, number } = seen;
  choose(seen, number ? waiting[number - 1] : waiting.length === 1 ? waiting[0] : undefined);
}

function step(by) {
  const seen = look();
  const last = seen.waiting.length - 1;
  const at = seen.waiting.findIndex((row) => row.id === pick) + by;
  choose(seen, seen.waiting[Math.min(Math.max(at, 0), last)]);
}

function refreshed() {
  const seen = look();
  if (pick && !seen.waiting.some((row) => row.id === pick)) {
    // Of whom this desk has just sent in, the row itself tells.
    changed.hidden = pick === sent;
    pick = "";
    unclear = true;
  }
  show(seen);
}

function clear() {
  box.value = "";
  typed();
}

box.addEventListener("input", typed);
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") clear();
  else if (event.key === "ArrowDown") step(1);
  else if (event.key === "ArrowUp") step(-1);
  else return;
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  box.focus();
  box.select();
});

document.addEventListener("submit", (event) => {
  if (event.target !== form) return;
  sent = pick;
  if (!unclear) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (look().waiting.length > 1 && changed.hidden) several.hidden = false;
  else changed.hidden = false;
}, true);

// The child is in: the box is free for the next one.
form.addEventListener("desk-done", clear);

document.addEventListener("htmx:after:swap", ({ detail }) => {
  // Asked again and told that nothing changed: nothing moved.
  if (detail.ctx.swap === "none") return;
  moved = performance.now();
  refreshed();
});

// Rows may have moved under the finger: a press in that moment was meant for another one.
document.addEventListener("click", (event) => {
  const isPress = event.target.closest("#today button");
  if (!isPress || event.detail === 0 || performance.now() - moved > CALM) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

if (matchMedia("(pointer: fine)").matches && !location.hash) box.focus();
