// How things are called.

export const number = (value) => value.toLocaleString("en");

/** "1 entity", "2,431 entities". */
export const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

/** `Brick__HVAC_Zone` is spoken of as "HVAC Zone". */
export function brief(type) {
  const rest = type.includes("__") ? type.slice(type.indexOf("__") + 2) : type;
  return (rest || type).replaceAll("_", " ").trim() || type;
}

/** A long name by its beginning and its end, which is where names of a series differ. */
export function shorten(text, most) {
  if (text.length <= most) return text;
  const end = Math.ceil(most * 0.6);
  return `${text.slice(0, most - end - 1).trimEnd()}…${text.slice(-end).trimStart()}`;
}

export const title = (entity) => entity.name || entity.id || entity.ref;

export const ARROWS = { out: "→", in: "←", both: "–" };
const WAYS = { out: "going out", in: "coming in", both: "without direction" };
export const way = (direction) => WAYS[direction] ?? direction;

/** What cut an answer, in words. */
export function sayCut(reason, limits = {}) {
  const bound = limits[reason];
  const of = { entities: "entities", relationships: "relationships", steps: "steps", time: "time", rows: "rows" }[reason];
  if (!of) return "the answer was cut";
  return bound ? `cut at ${number(bound)} ${of}` : `cut by the bound on ${of}`;
}
