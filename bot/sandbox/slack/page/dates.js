// Dates and times in the viewer's own time zone.
import { me, now } from "./store.js";

const zone = () => me().tz;
const locale = "en-GB";
const format = (date, options) => new Intl.DateTimeFormat(locale, { timeZone: zone(), ...options }).format(date);

export const fromTs = (ts) => new Date(Number(ts) * 1000);
export const clock = (date) => format(date, { hour: "2-digit", minute: "2-digit", hour12: false });
export const dayKey = (date) => format(date, { year: "numeric", month: "2-digit", day: "2-digit" });
export const full = (date) => `${format(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" })} at ${format(date, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZoneName: "short" })}`;

function relativeDay(date) {
  const key = dayKey(date);
  if (key === dayKey(now())) return "Today";
  if (key === dayKey(new Date(now().getTime() - 864e5))) return "Yesterday";
  if (key === dayKey(new Date(now().getTime() + 864e5))) return "Tomorrow";
  return "";
}

const thisYear = (date) => format(date, { year: "numeric" }) === format(now(), { year: "numeric" });
const year = (date) => (thisYear(date) ? {} : { year: "numeric" });

export const dayTitle = (date) => relativeDay(date) || format(date, { weekday: "long", day: "numeric", month: "long", ...year(date) });

export function ago(date) {
  const s = Math.round((now() - date) / 1000);
  const units = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"], [60, "minute"]];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [size, name] of units) if (Math.abs(s) >= size) return words.format(-Math.round(s / size), name);
  return "just now";
}

export const when = (date) => `${relativeDay(date) || format(date, { day: "numeric", month: "short", ...year(date) })} at ${clock(date)}`;

/** <!date^ts^format^link|fallback>: Slack's tokens. */
export function slackDate(ts, pattern) {
  const date = new Date(Number(ts) * 1000);
  const long = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  const short = { day: "numeric", month: "short", ...year(date) };
  const plain = { day: "numeric", month: "long", year: "numeric" };
  const pretty = (options) => relativeDay(date) || format(date, options);
  const tokens = {
    date_num: () => dayKey(date).split("/").reverse().join("-"), date: () => format(date, plain), date_short: () => format(date, short),
    date_long: () => format(date, long), date_pretty: () => pretty(plain), date_short_pretty: () => pretty(short),
    date_long_pretty: () => pretty(long), day_divider_pretty: () => dayTitle(date), time: () => clock(date), ago: () => ago(date),
    time_secs: () => format(date, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }),
  };
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (tokens[name] ? tokens[name]() : whole));
}

export const localTime = (tz) => new Intl.DateTimeFormat(locale, { timeZone: tz, hour: "2-digit", minute: "2-digit", hour12: false }).format(now());

/** Unix seconds to and from the value of a datetime-local input, in the viewer's zone. */
export function toLocalInput(seconds) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-CA", {
    timeZone: zone(), year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date(seconds * 1000)).map((part) => [part.type, part.value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

export function fromLocalInput(text) {
  const wanted = Date.parse(`${text}:00Z`) / 1000;
  let guess = wanted;
  for (let i = 0; i < 2; i += 1) guess += wanted - Date.parse(`${toLocalInput(guess)}:00Z`) / 1000;
  return guess;
}
