// The theme switch without a reload. The form sets the same cookie on the server where this script did not run.
const root = document.documentElement;
const aYear = 365 * 24 * 3600;

function choose(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=${aYear}; SameSite=Lax${secure}`;
  document.dispatchEvent(new CustomEvent("tideline:theme", { detail: theme }));
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-switch]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  choose(event.submitter.value);
  for (const button of form.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
});
