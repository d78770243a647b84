// Where nothing is asked yet: what a space holds, and places to begin.

import { button, draw, fill, get, make } from "./make.js";
import { brief, number, plural, title } from "./words.js";

const MOST_KINDS = 12;
const LISTED = 24;

/** Shows what a space holds; `told` has `begin(entity)` and `list(kind, limit)`, which brings entities of a kind. */
export function showOverview(space, facets, look, told) {
  const most = facets.kinds[0]?.count ?? 1;
  const listed = make("ul", { class: "start", "aria-live": "polite" });
  const list = async (kind, row) => {
    const { entities, after } = await told.list(kind, LISTED);
    for (const other of get("overview").querySelectorAll("[aria-expanded=true]")) other.setAttribute("aria-expanded", "false");
    row.setAttribute("aria-expanded", "true");
    fill(listed, entities.map((entity) => make("li", {}, beginWith(entity, look, told))), after && make("li", { class: "faint" }, "… and more: search for them by name."));
    row.parentElement.after(listed);
  };
  const kinds = facets.kinds.slice(0, MOST_KINDS).map(({ kind, count }) => {
    const row = make("button", { type: "button", class: "plain bar-row", "aria-expanded": "false", onclick: () => list(kind, row).catch(told.failed) },
      draw(look(kind)), make("span", { class: "name" }, brief(kind)), make("meter", { min: 0, max: most, value: count, "aria-hidden": "true" }), make("span", { class: "figure" }, number(count)));
    return make("li", {}, row);
  });
  const others = facets.kinds.length - MOST_KINDS;
  const hubs = facets.hubs.map(({ entity, degree }) => make("li", {}, beginWith(entity, look, told, number(degree))));
  fill(get("overview"),
    make("h2", { id: "overview-title" }, facets.entities ? "Where to begin" : "Nothing here yet"),
    make("p", { class: "faint" }, `${space} holds ${plural(facets.entities, "entity", "entities")} and ${plural(facets.relationships, "relationship", "relationships")}. Search above, or begin with one of these.`),
    make("div", { class: "columns" },
      hubs.length ? make("section", {}, make("h3", {}, "Most linked"), make("ul", { class: "start" }, hubs)) : null,
      kinds.length ? make("section", {}, make("h3", {}, "Kinds"), make("ul", { class: "bars" }, kinds), others > 0 && make("p", { class: "faint" }, `and ${plural(others, "other kind", "other kinds")}`)) : null));
}

function beginWith(entity, look, told, figure = "") {
  return make("button", { type: "button", class: "plain begin", onclick: () => told.begin(entity) },
    draw(look(entity.kind)), make("span", { class: "name" }, title(entity)), make("span", { class: "figure" }, figure));
}
