// The Mini App's first page posts the launch data that Telegram put after the # to the server, which checks it.

const place = document.getElementById("launch");

// On a phone Telegram opens it half as high as the screen (core.telegram.org/api/web-events).
const expand = () => {
  window.TelegramWebviewProxy?.postEvent("web_app_expand", "{}");
  if (window.parent !== window) window.parent.postMessage(JSON.stringify({ eventType: "web_app_expand", eventData: {} }), "*");
};

const enter = async () => {
  const launch = new URLSearchParams(window.location.hash.slice(1)).get("tgWebAppData");
  if (!launch) {
    place.textContent = place.dataset.empty;
    return;
  }
  // The data is a secret that works once: remove it from the address.
  window.history.replaceState(null, "", window.location.pathname);
  const answer = await fetch("/app/in", { method: "POST", body: new URLSearchParams({ init_data: launch }) });
  if (answer.ok) {
    window.location.replace(await answer.text());
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("h1").textContent = page.querySelector("h1")?.textContent ?? "";
  place.textContent = page.querySelector("h1 + p")?.textContent ?? place.dataset.failed;
};

expand();
enter().catch(() => { place.textContent = place.dataset.failed; });
