// Parts that renew themselves: silent while the page is hidden or the reader is inside, and what was open stays open.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target.closest?.("[data-live]");
  if (!part || event.detail.elt !== part) return;
  const reading = part.contains(document.activeElement) || String(getSelection() ?? "") !== "";
  if (document.hidden || part.dataset.live === "paused" || reading) event.preventDefault();
});

const open = new Set();

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.detail.shouldSwap) return;
  open.clear();
  for (const details of event.detail.target.querySelectorAll?.("details[open][id]") ?? []) open.add(details.id);
});

document.addEventListener("htmx:afterSettle", () => {
  for (const id of open) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  open.clear();
  for (const button of document.querySelectorAll('[data-pause][aria-pressed="true"]')) {
    document.getElementById(button.dataset.pause).dataset.live = "paused";
  }
});

// <button data-pause="part-id" aria-pressed="false">Pause</button>
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pause]");
  if (!button) return;
  const part = document.getElementById(button.dataset.pause);
  const paused = part.dataset.live !== "paused";
  part.dataset.live = paused ? "paused" : "yes";
  button.setAttribute("aria-pressed", String(paused));
});

// <button data-copy="text">Copy</button>
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  document.dispatchEvent(new CustomEvent("tideline:toast", { detail: { text: "Copied.", kind: "success" } }));
});
