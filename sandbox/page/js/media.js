// Pictures, documents and the other things that a message can hold besides text.
import { fileUrl } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const MAX_SIDE = 420; // px; a picture is scaled down to this, never up

/** Returns what a message shows above its text, or null. */
export function mediaView(message) {
  if (message.photo) return picture(message.photo, message.caption, message.has_media_spoiler);
  for (const kind of ["animation", "document", "video", "audio", "voice", "video_note", "sticker"]) {
    if (message[kind]) return attachment(kind, message[kind]);
  }
  if (message.dice) return h("span", { class: "dice" }, `${message.dice.emoji} ${message.dice.value}`);
  if (message.location) return h("p", { class: "plain-card" }, `Location: ${message.location.latitude}, ${message.location.longitude}`);
  if (message.contact) return h("p", { class: "plain-card" }, `${message.contact.first_name}: ${message.contact.phone_number}`);
  return null;
}

/** Returns a poll's media (a PollMedia object) as a picture or a document, or null. */
export function pollMedia(media) {
  if (media?.photo) return picture(media.photo);
  return media?.document ? attachment("document", media.document) : null;
}

/** Returns the size at which a picture is shown if there is room: its largest size, scaled down. */
function sizeOf(sizes) {
  const largest = sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
  return { largest, scale: Math.min(1, MAX_SIDE / Math.max(largest.width, largest.height)) };
}

/** Returns the width of a picture in px, which is also that of its bubble; null without a picture. */
export function photoWidth(message) {
  const sizes = message.photo ?? message.poll?.media?.photo;
  if (!sizes) return null;
  const { largest, scale } = sizeOf(sizes);
  return Math.round(largest.width * scale);
}

function picture(sizes, caption, hidden) {
  const { largest, scale } = sizeOf(sizes);
  const address = fileUrl(largest.file_id);
  // Width and height reserve the place while the picture loads, so that nothing jumps.
  const image = h("img", {
    src: address, alt: caption || "Picture", width: Math.round(largest.width * scale), height: Math.round(largest.height * scale),
    class: hidden ? "hidden-picture" : "", on: { error: () => link.classList.add("broken") },
  });
  const link = h("a", { class: "photo", href: address, target: "_blank", rel: "noopener", "aria-label": `Open picture${caption ? `: ${caption}` : ""}` }, image);
  return link;
}

function attachment(kind, file) {
  const name = file.file_name ?? file.title ?? { voice: "Voice message", sticker: "Sticker" }[kind] ?? kind;
  return h("a", { class: "document", href: fileUrl(file.file_id), download: name, title: `Download ${name}` },
    h("span", { class: "document-icon" }, icon("file")),
    h("span", { class: "document-text" },
      h("span", { class: "document-name", dir: "auto" }, name),
      h("span", { class: "document-size" }, [sizeText(file.file_size), "Download"].filter(Boolean).join(" · "))));
}

/** Returns a size for people: 1536 -> "1.5 KB". */
export function sizeText(bytes) {
  if (bytes == null) return "";
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length);
  return `${(bytes / 1024 ** power).toFixed(1).replace(/\.0$/, "")} ${units[power - 1]}`;
}
