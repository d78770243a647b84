// What is asked, and the legend that filters: every kind and type with its look, its name and how many there are.

import { FARTHEST, colourOfDistance } from "./look.js";
import { button, draw, fill, get, make } from "./make.js";
import { sayAsk } from "./gather.js";
import { brief, number, plural, title } from "./words.js";

const MOST_STEPS = 60;

/** Shows the rail; `told` has `drop(index)`, `kind(kind)`, `type(type)`, `pick(ref)`, `start(null)`, `unhide()`. */
export function showRail(gathered, seen, view, look, told) {
  const asks = view.asks.map((ask, index) => {
    const text = sayAsk(ask, gathered);
    return make("li", {},
      make("div", { class: "ask" }, make("span", {}, text), button("✕", () => told.drop(index), { class: "plain", "aria-label": `Take away: ${text}`, "data-key": `drop ${index}` })),
      answerOf(ask, gathered, told));
  });
  const start = view.start && make("li", {}, make("div", { class: "ask start" },
    make("span", {}, `Path from ${nameOf(view.start, gathered)}: pick the other end, then “Path to here”`),
    button("✕", () => told.start(null), { class: "plain", "aria-label": "No path", "data-key": "no start" })));
  const gone = view.gone.length && make("li", {}, make("div", { class: "ask" }, make("span", {}, `${plural(view.gone.length, "entity", "entities")} hidden by hand`),
    button("✕", () => told.unhide(), { class: "plain", "aria-label": "Show what was hidden by hand", "data-key": "unhide" })));
  fill(get("shown"), asks, start || null, gone || null);
  fill(get("kinds"), [...seen.kinds].map(([kind, count]) => check(kind, count, draw(look(kind)), !view.withoutKinds.includes(kind), () => told.kind(kind))));
  fill(get("types"), [...seen.types].map(([type, count]) => check(type, count, make("span", { class: "line", "aria-hidden": "true" }), !view.withoutTypes.includes(type), () => told.type(type))));
  showDistances(seen, view);
}

const nameOf = (ref, gathered) => (gathered.entities.has(ref) ? title(gathered.entities.get(ref)) : "an entity that is not shown");

function check(name, count, mark, on, change) {
  return make("li", {}, make("label", { title: name },
    make("input", { type: "checkbox", checked: on, onchange: change, "data-key": `check ${name}` }), mark,
    make("span", { class: "name" }, brief(name)), make("span", { class: "figure" }, number(count))));
}

function showDistances(seen, view) {
  get("distance").hidden = view.colour !== "distance";
  if (view.colour !== "distance") return;
  const counts = new Map();
  for (const { distance } of seen.nodes) counts.set(distance === null ? null : Math.min(distance, FARTHEST), (counts.get(distance === null ? null : Math.min(distance, FARTHEST)) ?? 0) + 1);
  const rows = [...counts].sort(([a], [b]) => (a ?? Infinity) - (b ?? Infinity));
  fill(get("distances"), rows.map(([distance, count]) => {
    const name = distance === null ? "Not reached" : distance === 0 ? "Here" : `${plural(distance, "step", "steps")}${distance === FARTHEST ? " and more" : ""}`;
    return make("li", {}, make("span", { class: "row" }, draw({ shape: "ellipse", colour: colourOfDistance(distance) }), make("span", { class: "name" }, name), make("span", { class: "figure" }, number(count))));
  }));
}

function answerOf(ask, gathered, told) {
  const { answer, problem } = gathered.results.find((result) => result.ask === ask) ?? {};
  if (problem) return make("p", { class: "trouble" }, problem.message);
  if (!answer) return null;
  if (ask.ask === "path") return answer.paths.length ? answer.paths.slice(0, 5).map((path) => trace(path, gathered, told)) : make("p", { class: "faint" }, "There is none along what is shown.");
  if (ask.ask !== "impact") return null;
  const kinds = answer.byKind.slice(0, 6).map(({ kind, count }) => `${number(count)} ${brief(kind)}`).join(", ");
  return make("p", { class: "faint" }, `${plural(answer.reached.length, "entity", "entities")} reached${answer.truncated ? " so far" : ""}${kinds ? `: ${kinds}` : ""}`);
}

function trace({ entities, relationships }, gathered, told) {
  const steps = entities.slice(0, MOST_STEPS).map((ref, index) => {
    const link = gathered.links.get(relationships[index - 1]);
    const forwards = link && link.source === entities[index - 1];
    const way = link && make("span", { class: "faint" }, `${link.directed ? (forwards ? "→" : "←") : "–"} ${brief(link.type)} `);
    return make("li", {}, way, button(nameOf(ref, gathered), () => told.pick(ref), { class: "plain name", "data-key": `trace ${index} ${ref}` }));
  });
  return make("details", { class: "trace", open: true }, make("summary", {}, plural(relationships.length, "step", "steps")), make("ol", {}, steps));
}
