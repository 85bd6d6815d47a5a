// Where a link leads: into a chat of the sandbox (t.me/bot?start=...), to a choice of chats (t.me/share/url?url=...),
// out to the web, or nowhere.
import { botNamed } from "./state.js";

const OUTSIDE = new Set(["http:", "https:", "mailto:", "tel:"]);

const TELEGRAM = new Set(["t.me", "telegram.me", "www.t.me"]);

const PAYLOAD = /^[A-Za-z0-9_-]{0,64}$/; // Telegram ignores any other

/**
 * Returns {bot, start, startgroup, rights} if the address opens one of the sandbox's bots, else null. `start` and
 * `startgroup` are null where the link has none; `rights` are those it asks for in a group.
 */
export function botLink(address) {
  const url = parse(address);
  if (!url) return null;
  let name = null;
  if (TELEGRAM.has(url.hostname)) name = url.pathname.split("/")[1];
  if (url.protocol === "tg:" && `${url.host}${url.pathname}`.includes("resolve")) name = url.searchParams.get("domain");
  const bot = name ? botNamed(name) : null;
  if (!bot) return null;
  const rights = (url.searchParams.get("admin") ?? "").split(/[+ ]/).filter(Boolean).map((right) => `can_${right}`);
  return { bot, start: payload(url, "start"), startgroup: payload(url, "startgroup"), rights };
}

function payload(url, name) {
  const value = url.searchParams.get(name);
  return value === null || PAYLOAD.test(value) ? value : "";
}

/** Returns {text, url} of a link for sharing, as Telegram's apps would send it, or null for any other link. */
export function sharing(address) {
  const url = parse(address);
  const shares = TELEGRAM.has(url?.hostname) ? /^\/share(\/url)?\/?$/.test(url.pathname)
    : url?.protocol === "tg:" && /^(\/\/)?msg_url$/.test(`${url.host}${url.pathname}`.replace(/\/$/, ""));
  const [link, words] = shares ? ["url", "text"].map((name) => url.searchParams.get(name)?.trim() ?? "") : ["", ""];
  return link || words ? { url: link, text: [link, words].filter(Boolean).join("\n") } : null;
}

let seen = "";

/** Returns the last link to one of the sandbox's bots that was shown to anybody, or an empty string. */
export const lastBotLink = () => seen;

/** Returns the attributes of an <a>, or null for addresses that a page must not open (javascript:, data:). */
export function linkProps(address) {
  if (botLink(address)) {
    seen = address;
    return { href: address, dataset: { here: address } };
  }
  const shared = sharing(address);
  if (shared) {
    if (botLink(shared.url)) seen = shared.url;
    return { href: address, dataset: { here: address } };
  }
  const url = parse(address);
  if (!url || !OUTSIDE.has(url.protocol)) return null;
  return { href: url.href, target: "_blank", rel: "noopener noreferrer" };
}

/** Opens an outside address in a new tab. */
export function openOutside(address) {
  if (linkProps(address)) window.open(address, "_blank", "noopener,noreferrer");
}

function parse(address) {
  try {
    return new URL(address);
  } catch {
    try {
      return new URL(`https://${address}`);
    } catch {
      return null;
    }
  }
}
