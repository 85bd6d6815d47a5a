// Formatted text: Bot API entities (offsets in UTF-16 units, as in JavaScript strings) to elements.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { botLink, linkProps } from "./links.js";

const WEB = /^https?:\/\//i;

const BUILDERS = {
  bold: (c) => h("strong", {}, c),
  italic: (c) => h("em", {}, c),
  underline: (c) => h("u", {}, c),
  strikethrough: (c) => h("s", {}, c),
  code: (c) => h("code", {}, c),
  pre: (c, e) => h("pre", { dataset: { language: e.language ?? "" }, tabindex: "0" }, h("code", {}, c)),
  blockquote: (c) => h("blockquote", {}, c),
  expandable_blockquote: expandable,
  spoiler,
  text_link: (c, e) => link(c, e.url),
  url: (c, e, text) => link(c, WEB.test(text) ? text : `https://${text}`),
  email: (c, e, text) => h("a", { href: `mailto:${text}` }, c),
  phone_number: (c, e, text) => h("a", { href: `tel:${text.replace(/[^\d+]/g, "")}` }, c),
  mention: (c, e, text) => mention(c, `https://t.me/${text.slice(1)}`),
  text_mention: (c) => h("span", { class: "mention" }, c),
  hashtag: (c) => h("span", { class: "mention" }, c),
  cashtag: (c) => h("span", { class: "mention" }, c),
  bot_command: (c, e, text) => h("button", { type: "button", class: "linklike", dataset: { command: text } }, c),
};

/** Returns a fragment of the text with its formatting; unknown kinds are shown as plain text. */
export function richText(text, entities = []) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return h("span", { class: "rich", dir: "auto" }, nest(text, 0, text.length, sorted));
}

// Entities never overlap partly, so each contains those that begin before its end.
function nest(text, from, to, entities) {
  const nodes = [];
  let at = from;
  for (let i = 0; i < entities.length; ) {
    const entity = entities[i];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    let next = i + 1;
    while (next < entities.length && entities[next].offset < end) next += 1;
    if (end > start) {
      nodes.push(text.slice(at, start));
      const inner = nest(text, start, end, entities.slice(i + 1, next));
      const build = BUILDERS[entity.type];
      nodes.push(build ? build(inner, entity, text.slice(start, end)) : inner);
      at = end;
      // A block has its own line break.
      if (isBlock(entity) && text[at] === "\n") at += 1;
    }
    i = next;
  }
  nodes.push(text.slice(at, to));
  return nodes;
}

const isBlock = (entity) => ["pre", "blockquote", "expandable_blockquote"].includes(entity.type);

function link(children, url) {
  const props = linkProps(url);
  return props ? h("a", props, children) : h("span", {}, children);
}

// Names that are not a bot's lead nowhere: whoever has them on Telegram is somebody else.
const mention = (children, url) => (botLink(url) ? link(children, url) : h("span", { class: "mention" }, children));

function spoiler(children) {
  const reveal = (event) => {
    if (element.dataset.open) return;
    event.preventDefault();
    event.stopPropagation();
    element.dataset.open = "true";
    element.removeAttribute("role");
    element.removeAttribute("aria-label");
    inner.removeAttribute("aria-hidden");
  };
  const inner = h("span", { class: "spoiler-text", "aria-hidden": "true" }, children);
  const element = h("span", {
    class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text: press to show",
    on: { click: reveal, keydown: (event) => ["Enter", " "].includes(event.key) && reveal(event) },
  }, inner);
  return element;
}

// Three lines are shown, and a press on the quote shows the rest. Only the layout tells whether there is a rest.
function expandable(children) {
  const fold = h("span", { class: "fold" }, children);
  const toggle = h("button", { type: "button", class: "fold-toggle", "aria-expanded": "false", "aria-label": "Show the whole quote" }, icon("down"));
  const quote = h("blockquote", { class: "expandable", on: { click: unfold } }, fold, toggle);
  new ResizeObserver(() => {
    if (!quote.hasAttribute("data-open")) quote.toggleAttribute("data-long", fold.scrollHeight > fold.clientHeight + 2);
  }).observe(fold);
  return quote;

  function unfold(event) {
    const elsewhere = event.target.closest("a, .linklike, .spoiler") || !getSelection().isCollapsed;
    if (elsewhere || !quote.hasAttribute("data-long")) return;
    const open = quote.toggleAttribute("data-open");
    toggle.setAttribute("aria-expanded", String(open));
    quote.dispatchEvent(new Event("unfold", { bubbles: true }));
  }
}
