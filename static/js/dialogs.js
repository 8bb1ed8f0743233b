// Opens and closes dialogs, and asks before what cannot be undone.
//   <button data-open="dialog-id">      shows it as a modal
//   <button data-close>                 closes the one it is in
//   <form data-confirm="Sentence?" data-confirm-yes="Revoke">   asks first; so does hx-confirm
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  } else if (event.target.closest("[data-close]")) {
    event.target.closest("dialog")?.close();
  } else if (event.target.matches("dialog[open]") && outside(event)) {
    event.target.close("no");
  }
});

function outside({ target, clientX, clientY, detail }) {
  if (!detail) return false;
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

function ask(question, yes) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-text").textContent = question;
  dialog.querySelector("#confirm-yes").textContent = yes || "Continue";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const agreed = new WeakSet();

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    if (!form.dataset.confirm || agreed.delete(form)) return;
    const { submitter } = event;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(form.dataset.confirm, form.dataset.confirmYes)) {
      agreed.add(form);
      form.requestSubmit(submitter);
    }
  },
  true,
);

document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question, event.detail.elt.dataset.confirmYes)) event.detail.issueRequest(true);
});

// A form that came back with errors opens again with them.
for (const dialog of document.querySelectorAll("dialog[data-open-now]")) dialog.showModal();
