// j and k walk through the rows, Enter opens, e does the row's one action, / searches. All of it is on buttons too.
const isTyping = (target) => target.closest("input, select, textarea, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-walk]")];
const current = () => document.activeElement?.closest("[data-walk]");

const walk = (step) => {
  const all = rows();
  const place = all.indexOf(current());
  const next = all[place < 0 ? (step > 0 ? 0 : all.length - 1) : place + step];
  next?.querySelector("a, button, select")?.focus();
};

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  e: () => current()?.querySelector("[data-do]")?.click(),
  "/": () => document.querySelector("[data-search]")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "Enter" && !event.shiftKey && event.target.matches("[data-send]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (isTyping(event.target) || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
