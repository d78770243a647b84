// The table: the same entities, links and groups as the picture, for eyes, keyboards and screen readers alike.

import { button, draw, fill, make } from "./make.js";
import { ARROWS, brief, number, plural, title, way } from "./words.js";

const PAGE = 100;
const collator = new Intl.Collator("en", { numeric: true });

const ENTITY_COLUMNS = [
  { name: "Name", of: ({ entity }) => title(entity) },
  { name: "Kind", of: ({ entity }) => brief(entity.kind) },
  { name: "Id", of: ({ entity }) => entity.id },
  { name: "Links shown", of: ({ degree }) => degree, figure: true },
  { name: "Distance", of: ({ distance }) => distance ?? Infinity, figure: true },
];

const linkColumns = (name) => [
  { name: "From", of: ({ source }) => name(source) },
  { name: "Relationship", of: ({ type }) => brief(type) },
  { name: "To", of: ({ target }) => name(target) },
];

export class Table {
  #tab = "entities";
  #page = { entities: 0, links: 0 };
  #sort = { entities: null, links: null };
  #seen = null;

  /** `told` has `pick(ref)` and `next(key)`. */
  constructor(area, told) {
    this.area = area;
    this.told = told;
  }

  show(seen, view, look) {
    const turned = this.#view?.pick !== view.pick && view.pick;
    Object.assign(this, { look });
    this.#seen = seen;
    this.#view = view;
    if (turned && this.#tab === "entities") this.#turnTo(view.pick);
    this.#render();
  }

  #view = null;

  #rows() {
    const names = new Map(this.#seen.nodes.map(({ ref, entity }) => [ref, title(entity)]));
    const name = (ref) => names.get(ref);
    const links = this.#tab === "links";
    const columns = links ? linkColumns(name) : ENTITY_COLUMNS;
    const rows = [...(links ? this.#seen.links : this.#seen.nodes)];
    const sort = this.#sort[this.#tab];
    if (sort) {
      const { of } = columns[sort.column];
      rows.sort((a, b) => {
        const [x, y] = [of(a), of(b)];
        return (typeof x === "number" ? x - y || 0 : collator.compare(x, y)) * sort.way;
      });
    }
    return { columns, rows, name };
  }

  #turnTo(ref) {
    const index = this.#rows().rows.findIndex((row) => row.ref === ref);
    if (index >= 0) this.#page.entities = Math.floor(index / PAGE);
  }

  #render() {
    const { columns, rows, name } = this.#rows();
    const pages = Math.max(1, Math.ceil(rows.length / PAGE));
    const page = Math.min(this.#page[this.#tab], pages - 1);
    this.#page[this.#tab] = page;
    const shown = rows.slice(page * PAGE, (page + 1) * PAGE);
    const body = shown.map((row) => (this.#tab === "links" ? this.#linkRow(row, name) : this.#entityRow(row)));
    const table = make("table", { class: this.#tab },
      make("caption", { class: "unseen" }, this.#tab === "links" ? "Relationships that the picture shows" : "Entities that the picture shows"),
      make("thead", {}, make("tr", {}, columns.map((column, index) => this.#heading(column, index)))),
      make("tbody", {}, body));
    const scroller = make("div", { class: "scroller", tabindex: "0", role: "group", "aria-label": "Rows" }, table, this.#groups());
    const kept = this.area.querySelector(".scroller")?.scrollTop ?? 0;
    fill(this.area, this.#strip(page, pages), scroller);
    scroller.scrollTop = kept;
    const picked = this.area.querySelector("tr.pick");
    if (picked && !within(picked, scroller)) scroller.scrollTop = picked.offsetTop - scroller.clientHeight / 2;
  }

  #strip(page, pages) {
    const { nodes, links } = this.#seen;
    const tab = (key, text) => button(text, () => { this.#tab = key; this.#render(); }, { "aria-pressed": this.#tab === key, "data-key": `tab ${key}` });
    const turn = (text, to, label) => button(text, () => { this.#page[this.#tab] = to; this.#render(); this.area.querySelector(".scroller").scrollTop = 0; },
      { "aria-label": label, disabled: to < 0 || to >= pages, "data-key": label });
    return make("div", { class: "strip" },
      make("div", { class: "choice", role: "group", "aria-label": "Rows of" },
        tab("entities", plural(nodes.length, "entity", "entities")), tab("links", plural(links.length, "relationship", "relationships"))),
      make("span", { class: "spread" }),
      pages > 1 && [turn("‹", page - 1, "Previous rows"), make("span", { class: "faint" }, `${number(page + 1)} of ${number(pages)}`), turn("›", page + 1, "Next rows")]);
  }

  #heading({ name, figure }, column) {
    const sort = this.#sort[this.#tab];
    const sorted = sort?.column === column;
    const turn = () => {
      this.#sort[this.#tab] = sorted && sort.way === -1 ? null : { column, way: sorted ? -1 : 1 };
      this.#render();
    };
    const arrow = make("span", { "aria-hidden": "true" }, sorted ? (sort.way === 1 ? " ▲" : " ▼") : "");
    return make("th", { scope: "col", class: figure ? "figure" : null, "aria-sort": sorted ? (sort.way === 1 ? "ascending" : "descending") : null },
      make("button", { type: "button", class: "plain", onclick: turn, "data-key": `sort ${name}` }, name, arrow));
  }

  #entityRow({ ref, entity, degree, distance }) {
    const picked = this.#view.pick === ref;
    const { colour, shape } = this.look(entity.kind);
    return make("tr", { class: picked ? "pick" : null, "data-ref": ref },
      make("th", { scope: "row" }, this.#name(ref, title(entity), picked)),
      make("td", {}, make("span", { class: "kind" }, draw({ colour, shape }), brief(entity.kind))),
      make("td", { class: "faint" }, entity.id),
      make("td", { class: "figure" }, number(degree)),
      make("td", { class: "figure" }, distance === null ? "–" : number(distance)));
  }

  #linkRow({ id, source, type, target, directed }, name) {
    const { pick } = this.#view;
    const touched = pick === source || pick === target;
    return make("tr", { class: touched ? "near" : null, "data-link": id },
      make("td", {}, this.#name(source, name(source), pick === source, `${id} from`)),
      make("td", {}, make("span", { "aria-hidden": "true", class: "faint" }, directed ? "→ " : "– "), brief(type)),
      make("td", {}, this.#name(target, name(target), pick === target, `${id} to`)));
  }

  #name(ref, text, picked, key = ref) {
    return button(text, () => this.told.pick(ref), { class: "plain name", "aria-pressed": picked, "data-key": `row ${key}` });
  }

  #groups() {
    if (!this.#seen.groups.length) return null;
    const names = new Map(this.#seen.nodes.map(({ ref, entity }) => [ref, title(entity)]));
    const lines = this.#seen.groups.map(({ key, entity, type, direction, rest, after }) => make("li", {},
      make("span", {}, `${number(rest)} more of ${brief(type)} `, make("span", { class: "faint", "aria-label": way(direction) }, ARROWS[direction]), ` at ${names.get(entity)}`),
      after && button("Bring the next ones", () => this.told.next(key), { "data-key": `group ${key}`, "aria-label": `Bring the next of ${number(rest)} more of ${brief(type)} at ${names.get(entity)}` })));
    return make("ul", { class: "groups", "aria-label": "Grouped" }, lines);
  }
}

function within(row, scroller) {
  const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
  return top >= scroller.scrollTop && bottom <= scroller.scrollTop + scroller.clientHeight;
}
