// The card of the entity that is picked: what it is, how it is linked, and what can be asked about it.

import { button, draw, fill, make } from "./make.js";
import { ARROWS, brief, number, plural, title, way } from "./words.js";

const LONG = 240;

export class Card {
  #ref = null;
  #whole = null;

  /** `told` says what is asked: around, path, impact, alone, hide, close. */
  constructor(area, told) {
    this.area = area;
    this.told = told;
  }

  /** Shows an entity at once, with what is known of it; `load` brings the rest, or the Problem that is in the way. */
  async show(entity, view, look, load) {
    this.#ref = entity?.ref ?? null;
    if (!entity) {
      fill(this.area, make("p", { class: "hint" }, "Pick an entity, in the picture or in the table, to see its card."));
      return;
    }
    if (this.#whole?.entity.ref !== entity.ref) this.#whole = null;
    this.#render(entity, view, look);
    if (this.#whole) return;
    try {
      const whole = await load();
      if (this.#ref !== entity.ref) return;
      this.#whole = whole;
      this.#render(entity, view, look);
    } catch (problem) {
      if (this.#ref === entity.ref && problem.name !== "AbortError") this.area.append(make("p", { class: "trouble" }, problem.message));
    }
  }

  forget() { this.#whole = null; }

  #render(entity, view, look) {
    const { ref } = entity;
    const whole = this.#whole;
    fill(this.area,
      make("div", { class: "head" },
        make("p", { class: "kind" }, draw(look(entity.kind)), brief(entity.kind)),
        button("✕", () => this.told.close(), { class: "plain", "aria-label": "Close the card", "data-key": "close" })),
      make("h2", {}, title(entity)),
      make("p", { class: "faint id" }, `${entity.domain} · ${entity.type} · ${entity.id}`),
      !entity.declared && make("p", { class: "faint" }, "Only mentioned by others: nobody has declared it."),
      this.#verbs(ref, view),
      whole && this.#degree(ref, whole),
      whole ? this.#fields(whole.fields ?? {}) : make("p", { class: "faint" }, "Loading…"));
  }

  #verbs(ref, view) {
    const { told } = this;
    const open = view.asks.some((ask) => ask.ask === "around" && ask.ref === ref);
    const ends = view.start && view.start !== ref
      ? button("Path to here", () => told.path(view.start, ref), { class: "first", "data-key": "path to" })
      : button(view.start === ref ? "Path starts here ✓" : "Path from here", () => told.start(view.start === ref ? null : ref), { "aria-pressed": view.start === ref, "data-key": "path from" });
    return make("div", { class: "verbs" },
      open ? button("Fold", () => told.fold(ref), { "data-key": "open" }) : button("Open", () => told.around(ref, 1), { class: "first", "data-key": "open" }),
      button("2 steps", () => told.around(ref, 2), { "aria-label": "Open two steps", "data-key": "two" }),
      ends,
      view.start && view.start !== ref && button("5 paths", () => told.path(view.start, ref, 5), { "aria-label": "Up to five paths to here", "data-key": "paths" }),
      button("Impact ↓", () => told.impact(ref, "out"), { "aria-label": "Impact downstream", "data-key": "down" }),
      button("Impact ↑", () => told.impact(ref, "in"), { "aria-label": "Impact upstream", "data-key": "up" }),
      button("Only this", () => told.alone(ref), { "data-key": "alone" }),
      button("Hide", () => told.hide(ref), { "data-key": "hide" }));
  }

  #degree(ref, { degree, total }) {
    const sorted = [...degree].sort((a, b) => b.count - a.count);
    const most = sorted[0]?.count ?? 1;
    return make("section", {},
      make("h3", {}, plural(total, "relationship", "relationships")),
      make("ul", { class: "degree" }, sorted.map(({ type, direction, count }) => make("li", {},
        make("button", { type: "button", class: "plain", onclick: () => this.told.around(ref, 1, direction, [type]), "data-key": `${direction} ${type}`,
          "aria-label": `${brief(type)}, ${way(direction)}: ${number(count)}. Show` },
          make("span", { class: "arrow", "aria-hidden": "true" }, ARROWS[direction]), make("span", { class: "name" }, brief(type)),
          make("meter", { min: 0, max: most, value: count, "aria-hidden": "true" }), make("span", { class: "figure" }, number(count)))))));
  }

  #fields(fields) {
    const entries = Object.entries(fields).filter(([, value]) => value !== null && value !== "");
    if (!entries.length) return null;
    return make("section", {}, make("h3", {}, "Fields"), make("dl", {}, entries.map(([name, value]) => [make("dt", {}, name), make("dd", {}, spell(value))])));
  }
}

function spell(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, typeof value === "object" ? 1 : 0);
  if (text.length <= LONG) return typeof value === "object" ? make("code", {}, text) : text;
  return make("details", {}, make("summary", {}, `${text.slice(0, 80)}…`), make("code", {}, text));
}
