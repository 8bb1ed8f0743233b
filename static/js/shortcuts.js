// Keys that work everywhere: `?` for the table of shortcuts, `g` and a letter for a page. The table in the dialog says which.
// Whoever's tools type letters by themselves can turn the single keys off there; it is kept in this browser.
const patience = 1_500;
const dialog = document.getElementById("shortcuts");
const box = document.getElementById("single-keys");
// Never: the clock of events begins at zero with the page, and a letter pressed at once would follow a `g` of then.
let goingSince = -Infinity;

const kept = () => localStorage.getItem("single-keys") !== "off";

const typing = (target) => target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable]");

// Whether a key that was pressed alone may do something: not while somebody types, not over an open dialog.
function free(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return false;
  return !document.querySelector("dialog[open]");
}

function go(key) {
  const link = dialog.querySelector(`[data-go="${CSS.escape(key)}"]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

document.addEventListener("keydown", (event) => {
  if (!free(event)) return;
  if (!kept()) {
    // Nobody below hears of a letter: the keys of lists are off with these.
    if (/^[^\s]$/.test(event.key)) event.stopImmediatePropagation();
    return;
  }
  const going = event.timeStamp - goingSince < patience;
  goingSince = -Infinity;
  if (going && go(event.key.toLowerCase())) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else if (event.key === "?") {
    event.preventDefault();
    dialog.showModal();
  } else if (event.key === "g") {
    goingSince = event.timeStamp;
  }
}, true);

if (box) {
  box.checked = kept();
  box.addEventListener("change", () => localStorage.setItem("single-keys", box.checked ? "on" : "off"));
}
