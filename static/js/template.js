// Renews the preview of a template a moment after the last key.
const form = document.getElementById("words");
const look = document.getElementById("look");
let timer;

function show() {
  form.requestSubmit(look);
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, 600);
});

if (form.elements.body.value) show();
