// What makes the pages handier; without it they all work, too.

const revive = (root) => {
  for (const button of root.querySelectorAll("[data-copy], [data-print]")) button.hidden = false;
};

const copied = async (button) => {
  const label = button.textContent;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 2000);
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.copy) copied(button);
  if (button && "print" in button.dataset) window.print();
});

// A part that was swapped in has buttons of its own.
document.addEventListener("htmx:afterSwap", () => revive(document));

// Signed out meanwhile, or gone: the whole page says so better than a part of it.
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.requestConfig.verb === "get") window.location.assign(event.detail.pathInfo.requestPath);
  else window.location.reload();
});

revive(document);
// On a phone the pages' names do not all fit in a row.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
