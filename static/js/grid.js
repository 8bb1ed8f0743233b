// A table of buttons is one stop of the Tab key; the arrows go from button to button, Home and End along the row.
const gridOf = (node) => node.closest?.("[data-grid]");
const buttonsIn = (node) => [...node.querySelectorAll("tbody button")];

function reach(button) {
  for (const one of buttonsIn(gridOf(button))) one.tabIndex = one === button ? 0 : -1;
}

// The nearest button in the same column, some rows further on.
function along(button, rows) {
  const column = button.closest("td").cellIndex;
  let row = button.closest("tr");
  while ((row = rows < 0 ? row.previousElementSibling : row.nextElementSibling)) {
    const found = row.cells[column].querySelector("button");
    if (found) return found;
  }
  return null;
}

document.addEventListener("keydown", (event) => {
  const button = event.target.closest?.("[data-grid] tbody button");
  if (!button) return;
  const row = buttonsIn(button.closest("tr"));
  const place = row.indexOf(button);
  const next = {
    ArrowLeft: () => row[place - 1],
    ArrowRight: () => row[place + 1],
    ArrowUp: () => along(button, -1),
    ArrowDown: () => along(button, 1),
    Home: () => row[0],
    End: () => row.at(-1),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  next()?.focus();
});

document.addEventListener("focusin", (event) => {
  const button = event.target.closest?.("[data-grid] tbody button");
  if (button) reach(button);
});

for (const grid of document.querySelectorAll("[data-grid]")) if (buttonsIn(grid)[0]) reach(buttonsIn(grid)[0]);
