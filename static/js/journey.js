// The editor of a journey: shows the fields that a choice asks for, keeps the place after a change, minds what is not saved.
const form = document.getElementById("journey-form");
let unsaved = false;

// <div data-when="field=value"> is shown while the field has the value.
function fit() {
  for (const part of form.querySelectorAll("[data-when]")) {
    const [name, value] = part.dataset.when.split(/=(?=[^=]*$)/);
    part.hidden = form.elements.namedItem(name)?.value !== value;
  }
}

form.addEventListener("input", () => {
  unsaved = true;
  fit();
});

form.addEventListener("submit", () => {
  unsaved = false;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "editor") return;
  fit();
  unsaved = unsaved || form.querySelector("[data-changed]")?.dataset.changed === "yes";
  const step = form.querySelector("[data-focus]");
  (step?.querySelector("select, input:not([type=hidden]), textarea, button") ?? form.querySelector(".add > summary"))?.focus();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    form.requestSubmit(form.querySelector('button[value="save"]'));
  }
});

addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

fit();
unsaved = form.querySelector("[data-changed]")?.dataset.changed === "yes";
