// Times as the page shows them: the sandbox's clock, in UTC, so that they are the same in every time zone.

const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const TIME = format({ hour: "2-digit", minute: "2-digit" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const DAY_YEAR = format({ day: "numeric", month: "long", year: "numeric" });
const SHORT_DAY = format({ weekday: "short" });
const SHORT_DATE = format({ day: "numeric", month: "short" });
const CLOCK = format({ weekday: "short", day: "numeric", month: "short" });

const DAY_MS = 86_400_000;
const date = (seconds) => new Date(seconds * 1000);

/** Dates of messages are Unix seconds. */
export const timeOf = (seconds) => TIME.format(date(seconds));
export const dayAndTime = (seconds) => `${SHORT_DAY.format(date(seconds))} ${timeOf(seconds)}`;
export const dayKey = (seconds) => Math.floor((seconds * 1000) / DAY_MS);
export const isoOf = (seconds) => date(seconds).toISOString();
export const fullTime = (seconds) => `${DAY_YEAR.format(date(seconds))}, ${timeOf(seconds)} UTC`;

/** Returns a day separator: weekday and date, with the year if it is not the current one. */
export function dayTitle(seconds, now) {
  const sameYear = date(seconds).getUTCFullYear() === now.getUTCFullYear();
  const days = Math.floor(now / DAY_MS) - dayKey(seconds);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return sameYear ? DAY.format(date(seconds)) : DAY_YEAR.format(date(seconds));
}

/** Returns the time for the chat list: today a time, this week a weekday, else a date. */
export function shortWhen(seconds, now) {
  const days = Math.floor(now / DAY_MS) - dayKey(seconds);
  if (days <= 0) return timeOf(seconds);
  return days < 7 ? SHORT_DAY.format(date(seconds)) : SHORT_DATE.format(date(seconds));
}

export const clockDate = (now) => CLOCK.format(now);
export const clockTime = (now) => TIME.format(now);

/** Returns 09:00 UTC of the next day. */
export function tomorrowMorning(now) {
  const next = new Date(now);
  next.setUTCDate(next.getUTCDate() + 1);
  next.setUTCHours(9, 0, 0, 0);
  return next;
}

/** Returns a time in whole seconds for the API: 2026-11-22T09:00:00Z. */
export const isoSeconds = (moment) => moment.toISOString().replace(/\.\d+Z$/, "Z");
