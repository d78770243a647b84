// The view as a fragment of the address, and back. A fragment never reaches a server. Links come from anybody: what
// does not fit is left out, and nothing in them is trusted to be short.

const REF = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOST_ASKS = 40;
const MOST_NAMES = 500;
export const LAYOUTS = ["rings", "clusters", "layers"];
export const PANELS = ["picture", "both", "table"];
const DIRECTIONS = ["out", "in", "both"];

/** A view of nothing. `asks` are questions in their order: what they answer, together, is what is shown. */
export function empty(space = null) {
  return {
    space, asks: [], gone: [], withoutTypes: [], withoutKinds: [], pick: null, start: null,
    layout: "rings", colour: "kind", panel: "both",
  };
}

const join = (parts) => parts.map((part) => encodeURIComponent(part).replaceAll("~", "%7E")).join("~");
const split = (text) => text.split("~").map((part) => { try { return decodeURIComponent(part); } catch { return ""; } });
const bounded = (text, least, most) => Math.min(Math.max(Number.parseInt(text, 10) || least, least), most);

const WRITE = {
  around: ({ ref, steps, direction, types }) => [ref, steps, ...(types.length || direction !== "both" ? [direction, ...types] : [])],
  more: ({ ref, type, direction, count }) => [ref, type, direction, count],
  path: ({ from, to, most }) => (most > 1 ? [from, to, most] : [from, to]),
  impact: ({ ref, direction }) => [ref, direction],
};

const READ = {
  around: ([ref, steps, direction = "both", ...types]) =>
    REF.test(ref) && DIRECTIONS.includes(direction) && { ask: "around", ref, steps: bounded(steps, 1, 5), direction, types },
  more: ([ref, type, direction, count]) =>
    REF.test(ref) && type && DIRECTIONS.includes(direction) && { ask: "more", ref, type, direction, count: bounded(count, 1, 2000) },
  path: ([from, to, most]) => REF.test(from) && REF.test(to) && { ask: "path", from, to, most: bounded(most, 1, 20) },
  impact: ([ref, direction]) => REF.test(ref) && ["out", "in"].includes(direction) && { ask: "impact", ref, direction },
};

export const write = (ask) => `${ask.ask}=${join(WRITE[ask.ask](ask))}`;

/** The fragment of a view, without "#". */
export function format(view) {
  const pairs = view.space === null ? [] : [["space", view.space]];
  for (const ask of view.asks) pairs.push([ask.ask, join(WRITE[ask.ask](ask))]);
  for (const [key, field] of [["gone", "gone"], ["without", "withoutTypes"], ["hide", "withoutKinds"]]) {
    for (const value of view[field]) pairs.push([key, value]);
  }
  if (view.pick) pairs.push(["pick", view.pick]);
  if (view.start) pairs.push(["start", view.start]);
  const usual = empty();
  for (const key of ["layout", "colour", "panel"]) if (view[key] !== usual[key]) pairs.push([key, view[key]]);
  return new URLSearchParams(pairs).toString();
}

/** The view that a fragment says. */
export function parse(fragment) {
  const view = empty();
  const names = { without: view.withoutTypes, hide: view.withoutKinds, gone: view.gone };
  for (const [key, value] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (key === "space") view.space = value;
    else if (key in READ && view.asks.length < MOST_ASKS) {
      const ask = READ[key](split(value));
      if (ask) view.asks.push(ask);
    } else if (key in names && value && names[key].length < MOST_NAMES) names[key].push(value);
    else if ((key === "pick" || key === "start") && REF.test(value)) view[key] = value;
    else if (key === "layout" && LAYOUTS.includes(value)) view.layout = value;
    else if (key === "panel" && PANELS.includes(value)) view.panel = value;
    else if (key === "colour" && ["kind", "distance"].includes(value)) view.colour = value;
  }
  return view;
}

/** The token that a link carried, if any; it leaves the address before anything else is done. */
export function takeToken() {
  const pairs = new URLSearchParams(location.hash.replace(/^#/, ""));
  const token = pairs.get("token");
  if (token === null) return null;
  pairs.delete("token");
  const rest = pairs.toString();
  history.replaceState(null, "", location.pathname + location.search + (rest ? `#${rest}` : ""));
  return token;
}
