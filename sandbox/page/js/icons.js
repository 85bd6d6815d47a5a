// Line icons, drawn on a 24 x 24 grid in the colour of the text around them.
import { svg } from "./dom.js";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.500l4.500 4.500L19 7.500",
  group: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18.500 14.500c1.900.9 3 2.800 3 5.500",
  person: "M12 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c0-4 3.300-6.500 7.500-6.500s7.500 2.500 7.500 6.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.200 2",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  skip: "M5 5.500v13l8-6.500zM13 5.500v13l8-6.500z",
  bulb: "M9.500 17.500h5M10.500 20.500h3M12 3.500a6 6 0 0 0-3.600 10.800c.7.6 1.100 1.300 1.100 2.200v1h5v-1c0-.9.400-1.600 1.100-2.200A6 6 0 0 0 12 3.500z",
  edit: "M4 20l1-4.200L16.300 4.500a1.800 1.800 0 0 1 2.500 0l.7.700a1.800 1.800 0 0 1 0 2.500L8.200 19z",
  trash: "M4.500 7h15M9.500 7V4.500h5V7M6.500 7l.8 13h9.400l.8-13M10.300 11v5.500M13.700 11v5.500",
  reply: "M11 6l-6.500 6 6.500 6v-3.700c4.500 0 7 1.200 8.800 3.700-.3-5-3-8-8.800-8.300z",
  forward: "M13 6l6.500 6-6.500 6v-3.700c-4.500 0-7 1.200-8.800 3.700.3-5 3-8 8.800-8.300z",
  copy: "M8.500 8.500h11v11h-11zM15.500 8.500v-4h-11v11h4",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.800 5.800l12.400 12.400",
  leave: "M14 8V4.500H4.500v15H14V16M10 12h11M17.500 8.500L21 12l-3.500 3.500",
  undo: "M8.500 5L4 9.500 8.500 14M4 9.500h10a5.500 5.500 0 0 1 0 11h-3",
  file: "M6 3h8l4.500 4.500V21H6zM14 3v4.500h4.500",
  link: "M8 16L16.500 7.500M9.500 7h7.500v7.500",
  window: "M4 5h16v14H4zM4 9.500h16",
  shield: "M12 3l7.500 3v5.500c0 4.500-3 7.800-7.500 9.500-4.500-1.700-7.500-5-7.500-9.500V6z",
  menu: "M4 7h16M4 12h16M4 17h10",
  keyboard: "M3 6.500h18v11H3zM7 10.500v.01M12 10.500v.01M17 10.500v.01M8.500 14h7",
};

const SEND = "M3.400 4.600c-.3-.9.600-1.700 1.400-1.300l16 7.800c.8.400.8 1.500 0 1.900l-16 7.800c-.8.400-1.700-.4-1.400-1.300L5.700 13.500l7.800-1.300-7.800-1.300z";

/** Returns the icon of that name; it is hidden from screen readers, so its button needs a label. */
export function icon(name) {
  const shape = name === "send"
    ? svg("path", { d: SEND, fill: "currentColor" })
    : svg("path", { d: PATHS[name], fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? 2.8 : 1.9,
      "stroke-linecap": "round", "stroke-linejoin": "round" });
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, shape);
}
