// The ranked list: drag a line, move it with Alt and the arrows or the buttons, or type its rank. The lines move at once; what
// the new order would do is asked for a moment after the last move. Finding by name only hides lines: they keep their places.
const seek = document.getElementById("seek-rank");
const said = document.getElementById("order-said");
const waitsFor = 250;
let held = null;
let waiting = 0;

const list = () => document.querySelector("[data-reorder]");
const lines = () => [...(list()?.children ?? [])];
const nameOf = (line) => line.querySelector(".what > a").textContent;

// Ranks as the lines now stand, in the fields and in what the form says it showed.
function renumber() {
  lines().forEach((line, index) => {
    line.querySelector("[name=rank]").value = index + 1;
    const [up, down] = line.querySelectorAll("[name=move]");
    up.disabled = index === 0;
    down.disabled = index === lines().length - 1;
  });
  list().closest("form").elements.shown.value = lines().map((line) => line.querySelector("[name=segments]").value).join();
}

function ask() {
  const form = list().closest("form");
  htmx.trigger(form, "htmx:abort");
  clearTimeout(waiting);
  waiting = setTimeout(() => form.isConnected && form.requestSubmit(), waitsFor);
}

function moved(line) {
  renumber();
  said.textContent = `${nameOf(line)}: rank ${lines().indexOf(line) + 1} of ${lines().length}`;
  ask();
}

// One step among the lines that are seen.
function step(line, by) {
  const seen = lines().filter((one) => !one.hidden);
  const other = seen[seen.indexOf(line) + by];
  if (!other) return;
  const focus = document.activeElement;
  if (by < 0) other.before(line);
  else other.after(line);
  focus.focus();
  moved(line);
}

document.addEventListener("keydown", (event) => {
  const line = event.target.closest?.("[data-reorder] > li");
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!line || !by || !event.altKey) return;
  event.preventDefault();
  step(line, by);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-reorder] [name=move]");
  if (!button) return;
  event.preventDefault();
  step(button.closest("li"), Number(button.value.split(":")[1]));
});

// A rank that is being typed is not taken away by an answer that comes meanwhile.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-reorder] [name=rank]")) return;
  clearTimeout(waiting);
  htmx.trigger(event.target.form, "htmx:abort");
});

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
  if (held.isConnected) moved(held);
  held = null;
});

function find() {
  const words = seek.value.trim().toLowerCase();
  for (const line of document.querySelectorAll(".ranks > li")) line.hidden = !nameOf(line).toLowerCase().includes(words);
}

if (seek) {
  seek.closest("[data-scripted]").hidden = false;
  seek.addEventListener("input", find);
}

document.addEventListener("htmx:afterSettle", () => {
  if (seek?.value) find();
  const effect = document.querySelector("[data-effect]");
  if (!effect) return;
  const moves = lines().flatMap((line, index) => (line.matches(".moved") ? `${nameOf(line)}: rank ${index + 1}.` : []));
  const words = effect.querySelector(".consequence, .note").textContent.trim().replace(/\s+/g, " ");
  said.textContent = [...moves.slice(0, 3), words].join(" ");
});
