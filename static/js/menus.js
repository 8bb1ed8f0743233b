// Menus are details elements: they open without a script. This closes them and lets the arrow keys walk through.
const items = (menu) => [...menu.querySelectorAll(".items :is(a, button):not(:disabled)")];
// Inside a field the arrows are the field's own.
const fields = "input:not([type=checkbox]), select, textarea";
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.matches(fields)) {
    event.preventDefault();
    walk(menu, event.key === "ArrowDown" ? 1 : -1);
  }
});

function walk(menu, step) {
  menu.open = true;
  const all = items(menu);
  const from = all.indexOf(document.activeElement);
  const next = from < 0 ? (step > 0 ? 0 : all.length - 1) : (from + step + all.length) % all.length;
  all[next]?.focus();
}
