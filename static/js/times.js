// Instants in the reader's own zone; the exact one stays on hover. Pages arrive in UTC, in English with the day first.
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const formats = {
  moment: new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  date: new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" }),
  clock: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
};
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", hourCycle: "h23" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const steps = [["minute", 60], ["hour", 3600], ["day", 86400], ["month", 30.44 * 86400], ["year", 365.25 * 86400]];

function ago(instant) {
  const seconds = (instant - Date.now()) / 1000;
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  if (size < 60) return relative.format(Math.round(seconds), "second");
  const [unit, length] = steps.findLast(([, length]) => size >= length);
  return relative.format(length > 86400 ? Math.round(seconds / length) : Math.trunc(seconds / length), unit);
}

function show(time) {
  const instant = new Date(time.dateTime);
  if (Number.isNaN(instant.valueOf())) return;
  const text = time.dataset.form === "ago" ? ago(instant) : formats[time.dataset.form].format(instant);
  if (time.textContent !== text) time.textContent = text;
  if (!time.dataset.shown) {
    time.title = `${exact.format(instant)} (${time.title})`;
    time.dataset.shown = "yes";
  }
}

function showAll(place) {
  for (const time of place.querySelectorAll("time[data-form]")) show(time);
  for (const list of place.querySelectorAll("[data-days]")) setDays(list);
}

// The headings of a list by days: where the reader's midnight is, not Greenwich's.
function setDays(list) {
  for (const heading of list.querySelectorAll(":scope > .day")) heading.remove();
  let last = "";
  for (const entry of [...list.children]) {
    const day = formats.date.format(new Date(entry.querySelector("time").dateTime));
    if (day === last) continue;
    const heading = document.createElement("li");
    heading.className = "day";
    heading.textContent = last = day;
    entry.before(heading);
  }
}

showAll(document);
document.addEventListener("htmx:load", (event) => {
  if (event.target.matches?.("time[data-form]")) show(event.target);
  showAll(event.target);
});
setInterval(() => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll('time[data-form="ago"]')) show(time);
}, 10_000);
