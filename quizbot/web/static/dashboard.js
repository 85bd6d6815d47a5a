// Conveniences: every page works without this script as well.

const showButtons = (root) => {
  for (const button of root.querySelectorAll("[data-copy], [data-print]")) button.hidden = false;
};

const copied = async (button) => {
  const label = [...button.childNodes];
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.done;
  setTimeout(() => button.replaceChildren(...label), 2000);
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.copy) copied(button);
  if (button && "print" in button.dataset) window.print();
});

// A part that htmx has swapped in has its own buttons.
document.addEventListener("htmx:afterSwap", () => showButtons(document));

// After signing out elsewhere, or for a page that is gone, show the whole error page.
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.requestConfig.verb === "get") window.location.assign(event.detail.pathInfo.requestPath);
  else window.location.reload();
});

// A link to what is folded opens it.
const unfold = () => document.getElementById(location.hash.slice(1))?.querySelector(":scope > details")?.setAttribute("open", "");
window.addEventListener("hashchange", unfold);

unfold();
showButtons(document);
// On a phone the navigation is wider than the screen.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
