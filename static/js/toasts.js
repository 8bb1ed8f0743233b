// Says what just happened in the corner, and what went wrong where a part could not be loaded.
const staysFor = 7_000;

export function toast(text, kind = "info") {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Dismiss");
  close.textContent = "×";
  box.append(words, close);
  document.getElementById("toasts")?.append(box);
}

// An error stays until it is dismissed; anything else goes by itself, but not while it is pointed at.
function leaveLater(box) {
  if (box.classList.contains("error")) return;
  const timer = setInterval(() => {
    if (box.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    box.remove();
  }, staysFor);
}

const toastsIn = (node) => (node.matches?.(".toast") ? [node] : [...(node.querySelectorAll?.(".toast") ?? [])]);

toastsIn(document).forEach(leaveLater);
// Watched from the root, since going back in the history replaces everything below.
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) toastsIn(node).forEach(leaveLater);
}).observe(document.documentElement, { childList: true, subtree: true });

document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast, .note")?.remove());
document.addEventListener("tideline:toast", ({ detail }) => toast(detail.text, detail.kind));

// A poll that fails says so once, and again only after it worked in between.
const failing = new Set();

function said(event) {
  const path = event.detail.pathInfo?.requestPath ?? "";
  if (failing.has(path)) return;
  failing.add(path);
  const status = event.detail.xhr?.status;
  if (status === 403) toast("Your role does not allow this. Nothing was changed.", "error");
  else if (status) toast(`The server answered with error ${status}. Nothing on this page was lost; try again.`, "error");
  else toast("The server cannot be reached. Nothing on this page was lost; try again.", "error");
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, said);
document.addEventListener("htmx:afterOnLoad", (event) => failing.delete(event.detail.pathInfo?.requestPath ?? ""));
