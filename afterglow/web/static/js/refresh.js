// Ask for news while somebody can see the page, and never while they are in the middle of something.
const EVERY = 20_000;

const isBusy = (part) =>
  part.contains(document.activeElement) || part.querySelector("details[open]") || document.querySelector(".toast form:hover");

setInterval(() => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-refresh]")) {
    if (!isBusy(part)) part.dispatchEvent(new Event("refresh"));
  }
}, EVERY);
