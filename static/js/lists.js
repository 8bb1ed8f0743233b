// Lists by keyboard: j and k (or the arrows, once inside) move through the rows, x chooses, Enter opens, / goes to the search.
// Focus really moves to the link of a row, so a screen reader says where it is; how many are chosen is said by a status line.
const typing = (target) => target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable], dialog[open]");
const rowLinks = () => [...document.querySelectorAll("table.list tbody a.row")];

function move(step) {
  const links = rowLinks();
  const row = document.activeElement?.closest?.("tr");
  const from = links.findIndex((link) => link.closest("tr") === row);
  const next = from < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(from + step, 0), links.length - 1);
  links[next]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const inside = event.target.closest?.("table.list tbody");
  const box = inside && event.target.closest("tr").querySelector("td.pick input");
  if (event.key === "j" || (inside && event.key === "ArrowDown")) move(1);
  else if (event.key === "k" || (inside && event.key === "ArrowUp")) move(-1);
  else if (event.key === "x" && box) box.click();
  else if (event.key === "/") document.querySelector(".filters [type=search]")?.focus();
  else return;
  event.preventDefault();
});

// Choosing: one box for all on the page, shift for a range, and words for how many.
const boxes = (form) => [...form.querySelectorAll("td.pick input")];
let last = null;

function say(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked).length;
  for (const box of all) box.closest("tr").classList.toggle("chosen", box.checked);
  const everyone = form.querySelector("th.pick input");
  everyone.checked = chosen === all.length;
  everyone.indeterminate = chosen > 0 && chosen < all.length;
  const words = chosen ? `${chosen} chosen` : "None chosen";
  form.querySelector("[data-chosen]").textContent = words;
  if (form.classList.contains("choosing") || chosen) form.querySelector("[role=status]").textContent = words;
  form.classList.toggle("choosing", chosen > 0);
}

function prepare(form) {
  const head = form.querySelector("th.pick");
  if (!head || head.querySelector("input")) return;
  const everyone = document.createElement("input");
  everyone.type = "checkbox";
  everyone.setAttribute("aria-label", "Choose all on this page");
  head.replaceChildren(everyone);
  form.classList.add("counting");
  const status = document.createElement("span");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  form.append(status);
  say(form);
}

document.addEventListener("click", (event) => {
  const form = event.target.closest?.("form[data-list]");
  if (!form || !event.target.matches(".pick input")) return;
  const all = boxes(form);
  if (event.target.closest("th")) {
    for (const box of all) box.checked = event.target.checked;
  } else {
    const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const box of all.slice(from, to)) box.checked = event.target.checked;
    last = event.target;
  }
  say(form);
});

const prepareAll = () => document.querySelectorAll("form[data-list]").forEach(prepare);
prepareAll();
document.addEventListener("htmx:afterSettle", prepareAll);
addEventListener("pageshow", () => document.querySelectorAll("form[data-list]").forEach(say));
