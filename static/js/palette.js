// The palette: Ctrl or Cmd with K, type, arrows, Enter. The options are links that the search page sends.
const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = document.getElementById("palette-options");
let waiting = false;

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector('[aria-selected="true"]');
// The options answer what is typed; otherwise they are of an older question.
const answered = () => list.querySelector("#palette-answers")?.value === input.value.trim();

function open() {
  if (!dialog.open) dialog.showModal();
  input.select();
  waiting = false;
  htmx.trigger(input, "palette");
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function walk(step) {
  const all = options();
  choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    const other = document.querySelector("dialog[open]");
    if (!input || (other && other !== dialog)) return;
    event.preventDefault();
    open();
  }
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open();
});

input?.addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) {
    event.preventDefault();
    walk(steps[event.key]);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    if (answered()) chosen()?.click();
    else waiting = true;
  }
});

list?.addEventListener("mousemove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option !== chosen()) choose(option);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== list) return;
  choose(options()[0]);
  if (waiting && answered()) chosen()?.click();
});

// What was searched before is gone when the page comes back from the browser's own cache.
addEventListener("pageshow", (event) => event.persisted && dialog?.close());
