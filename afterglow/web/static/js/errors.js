// One sentence for everything that goes wrong between the browser and the server.
const say = (text) => {
  const toast = document.createElement("div");
  toast.className = "toast stays";
  toast.append(Object.assign(document.createElement("p"), { textContent: text }));
  document.getElementById("toasts")?.replaceChildren(toast);
};

document.addEventListener("htmx:sendError", () => say("We could not reach the server. Try again."));
document.addEventListener("htmx:responseError", () => say("Something broke on our side. Nothing was changed. Try again."));
