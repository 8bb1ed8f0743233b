// Drag a line of a list to another place; the form then tries the new order. The buttons beside each line do the same.
let held = null;

document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.("[data-reorder] > li") ?? null;
  if (!held) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  held.classList.add("held");
});

document.addEventListener("dragover", (event) => {
  const line = event.target.closest?.("[data-reorder] > li");
  if (!held || !line || line.parentElement !== held.parentElement) return;
  event.preventDefault();
  if (line === held) return;
  const box = line.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) line.before(held);
  else line.after(held);
});

document.addEventListener("drop", (event) => {
  if (held) event.preventDefault();
});

document.addEventListener("dragend", () => {
  if (!held) return;
  held.classList.remove("held");
  const form = held.closest("form");
  held = null;
  form.requestSubmit();
});
