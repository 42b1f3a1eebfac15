// Small comforts; every task works without them.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copier = event.target.closest("[data-copy]");
  if (!copier) return;
  const source = document.getElementById(copier.dataset.copy);
  source.select();
  const done = () => { copier.textContent = copier.dataset.copied; };
  // Without https browsers have no clipboard for pages, but still copy what is selected.
  if (navigator.clipboard) navigator.clipboard.writeText(source.value).then(done, () => {});
  else if (document.execCommand("copy")) done();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const hidden of document.querySelectorAll("[data-copy][hidden]")) hidden.hidden = false;
