// The explorer: one view, said by the address. Every act makes another view; what a view asks is gathered, then shown in
// picture, table, card and rail alike. So links restore, and Back undoes.

import { empty, format, parse, takeToken, write } from "./address.js";
import { Client, Problem } from "./api.js";
import { Card } from "./card.js";
import { NEXT, gather, note, see } from "./gather.js";
import { lookOf, startTheme, theme } from "./look.js";
import { button, fill, get, make } from "./make.js";
import { showOverview } from "./overview.js";
import { Picture } from "./picture.js";
import { showRail } from "./rail.js";
import { give, writeGraphML } from "./save.js";
import { Search } from "./search.js";
import { Table } from "./table.js";
import { number, plural, title } from "./words.js";

const KEPT = "tercet.token";
const SAID_MS = 2_400;
const FACETS_MS = 1_200;
const spell = (space) => `/spaces/${encodeURIComponent(space)}`;

class Explorer {
  client = null;
  view = empty();
  facets = new Map();
  gathered = null;
  seen = null;
  picture = null;
  look = lookOf([]);
  #asking = null;
  #drawn = 0;
  #spaces = [];

  constructor() {
    startTheme(get("theme"), () => this.#redress());
    const pick = (ref) => this.pick(ref);
    const next = (key) => this.next(key);
    this.table = new Table(get("table-area"), { pick, next });
    this.card = new Card(get("card"), {
      around: (...about) => this.around(...about), fold: (ref) => this.fold(ref), start: (ref) => this.go({ start: ref }, { silent: true }),
      path: (from, to, most = 1) => this.path(from, to, most), impact: (ref, direction) => this.impact(ref, direction),
      alone: (ref) => this.alone(ref), hide: (ref) => this.hide(ref), close: () => this.pick(null),
    });
    this.search = new Search({
      ask: (words, limit, signal) => this.#find({ q: words, limit }, signal),
      choose: (entity) => this.begin(entity), look: (kind) => this.look(kind), failed: (problem) => this.fail(problem),
    });
    this.#wire();
  }

  /** What the index of words knows, and where that is little the first page of the others. */
  async #find(query, signal) {
    const path = `${spell(this.view.space)}/entities`;
    const known = await this.client.get(path, query, signal);
    if (!known.after || known.entities.length >= query.limit) return known;
    const others = await this.client.get(path, { ...query, limit: query.limit - known.entities.length, after: known.after }, signal);
    return { ...others, entities: [...known.entities, ...others.entities] };
  }

  // -- acts: each makes another view

  begin({ ref }) { this.go({ asks: this.#with({ ask: "around", ref, steps: 1, direction: "both", types: [] }), gone: this.#back(ref), pick: ref }); }

  around(ref, steps, direction = "both", types = []) { this.go({ asks: this.#with({ ask: "around", ref, steps, direction, types }), pick: ref }); }

  path(from, to, most) {
    this.go({ asks: this.#with({ ask: "path", from, to, most }), start: null, pick: to, gone: this.#back(from, to) });
  }

  impact(ref, direction) {
    this.go({ asks: this.#with({ ask: "impact", ref, direction }), colour: "distance", pick: ref });
  }

  alone(ref) { this.go({ asks: [{ ask: "around", ref, steps: 1, direction: "both", types: [] }], gone: [], pick: ref, start: null, colour: "kind" }); }

  fold(ref) { this.go({ asks: this.view.asks.filter((ask) => !(["around", "more"].includes(ask.ask) && ask.ref === ref)) }); }

  hide(ref) { this.go({ gone: [...this.view.gone, ref], pick: null, start: this.view.start === ref ? null : this.view.start }); }

  next(key) {
    const group = this.seen.groups.find((one) => one.key === key);
    if (!group) return;
    const same = ({ ask, ref, type, direction }) => ask === "more" && ref === group.entity && type === group.type && direction === group.direction;
    const known = this.view.asks.find(same);
    const more = { ask: "more", ref: group.entity, type: group.type, direction: group.direction, count: (known?.count ?? 0) + NEXT };
    this.go({ asks: known ? this.view.asks.map((ask) => (ask === known ? more : ask)) : [...this.view.asks, more] });
  }

  pick(ref) {
    if (ref === this.view.pick) return;
    this.view = { ...this.view, pick: ref };
    history.replaceState(null, "", `#${format(this.view)}`);
    this.#show();
    if (ref) this.picture?.reveal(ref);
    if (ref) this.say(`${title(this.gathered.entities.get(ref))} picked`);
  }

  #with(ask) { return [...this.view.asks.filter((other) => write(other) !== write(ask)), ask]; }

  #back(...refs) { return this.view.gone.filter((ref) => !refs.includes(ref)); }

  /** Another view: into the history, and onto the page. */
  go(changes, { silent = false } = {}) {
    this.view = { ...this.view, ...changes };
    history.pushState(null, "", `#${format(this.view)}`);
    return this.load({ silent });
  }

  // -- from a view to what is shown

  async open(token) {
    this.client = new Client(token);
    this.facets.clear();
    get("leave").hidden = false;
    try {
      this.#spaces = (await this.client.get("/spaces")).spaces;
    } catch (problem) {
      this.fail(problem);
      return;
    }
    const known = this.#spaces.some(({ id }) => id === this.view.space);
    if (this.view.space === null && this.#spaces.length) {
      const fullest = this.#spaces.reduce((a, b) => (b.relationships > a.relationships ? b : a));
      this.view = { ...this.view, space: fullest.id };
      history.replaceState(null, "", `#${format(this.view)}`);
    }
    const extra = this.view.space !== null && !known && !this.#spaces.some(({ id }) => id === this.view.space) ? [{ id: this.view.space }] : [];
    fill(get("space"), [...this.#spaces, ...extra].map(({ id, relationships }) => make("option", { value: id, selected: id === this.view.space },
      relationships === undefined ? id : `${id} (${number(relationships)})`)));
    get("space").disabled = get("find").disabled = this.#spaces.length + extra.length === 0;
    if (this.view.space === null) this.#only("overview", () => fill(get("overview"), make("h2", { id: "overview-title" }, "No space to read"), make("p", {}, "This token may not read any space yet. Write something with it, or ask an owner for a right.")));
    else await this.load({});
  }

  /** Gathers what the view asks, and shows it. A later call ends an earlier one. */
  async load({ silent = false } = {}) {
    this.#asking?.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#busy(true);
    try {
      if (this.view.asks.length) await this.#gather(signal, silent);
      else this.#overview(await this.#facetsOf(this.view.space, signal));
      fill(get("trouble"));
    } catch (problem) {
      if (!signal.aborted) this.fail(problem);
    } finally {
      if (this.#asking?.signal === signal) this.#busy(false);
    }
  }

  /** What a space holds, asked once; from then on kinds look as common as they are. */
  async #facetsOf(space, signal) {
    if (!this.facets.has(space)) this.facets.set(space, await this.client.get(spell(space), {}, signal));
    this.look = lookOf(this.facets.get(space).kinds);
    return this.facets.get(space);
  }

  /** A view does not wait long for the facets of its space, which in a large one take their time: it is dressed later. */
  async #gather(signal, silent) {
    const { space } = this.view;
    const coming = this.#facetsOf(space, signal).catch((problem) => ([401, 403, 404].includes(problem.status) ? Promise.reject(problem) : null));
    coming.catch(() => {});
    const soon = await Promise.race([coming, new Promise((resolve) => { setTimeout(resolve, FACETS_MS, null); })]);
    const gathered = await gather(this.client, this.view, soon, signal);
    if (signal.aborted) return;
    if (!gathered.entities.size && gathered.results.length && gathered.results.every(({ problem }) => problem)) throw gathered.results[0].problem;
    if (!this.facets.has(space)) this.look = lookOf(countKinds(gathered));
    this.gathered = gathered;
    this.#drawn += 1;
    this.#only("desk");
    await this.#paint();
    await this.#show();
    if (!soon) coming.then((facets) => { if (facets && !signal.aborted) this.#redress(); }, () => {});
    const { nodes, links } = this.seen;
    if (!silent) this.say(`${plural(nodes.length, "entity", "entities")} and ${plural(links.length, "relationship", "relationships")} shown`);
  }

  #overview(facets) {
    this.gathered = this.seen = null;
    const told = {
      begin: (entity) => this.begin(entity), failed: (problem) => this.fail(problem),
      list: (kind, limit) => this.client.get(`${spell(this.view.space)}/entities`, { kind, limit }),
    };
    this.#only("overview", () => showOverview(this.view.space, facets, this.look, told));
  }

  /** Rail, table and card at once, then the picture in slices: all from the same `seen`. */
  async #show() {
    const { gathered, view } = this;
    if (!gathered) return;
    const seen = see(gathered, view);
    this.seen = seen;
    const look = this.look;
    showRail(gathered, seen, view, look, {
      drop: (index) => this.go({ asks: this.view.asks.filter((_, other) => other !== index) }), pick: (ref) => this.pick(ref),
      kind: (kind) => this.go({ withoutKinds: toggle(this.view.withoutKinds, kind) }), type: (type) => this.go({ withoutTypes: toggle(this.view.withoutTypes, type) }),
      start: (ref) => this.go({ start: ref }), unhide: () => this.go({ gone: [] }),
    });
    this.table.show(seen, view, look);
    this.#count();
    const entity = view.pick && seen.nodes.some(({ ref }) => ref === view.pick) ? gathered.entities.get(view.pick) : null;
    this.card.show(entity, view, look, () => this.client.get(`${spell(view.space)}/entities/${encodeURIComponent(view.pick)}`));
    const key = JSON.stringify([view.space, view.asks, view.layout, view.withoutTypes, view.withoutKinds, view.gone]);
    const stamp = JSON.stringify([key, view.colour, theme(), this.#drawn, this.facets.has(view.space), seen.nodes.length]);
    if (view.panel !== "table") await this.picture?.draw(seen, view, look, { key, stamp });
  }

  #count() {
    const { nodes, links, hidden } = this.seen;
    get("counts").textContent = `${plural(nodes.length, "entity", "entities")} · ${plural(links.length, "relationship", "relationships")}${hidden ? ` · ${number(hidden)} filtered out` : ""}`;
    get("notes").textContent = note(this.gathered).join(" · ");
    const { panel, layout, colour } = this.view;
    for (const choice of document.querySelectorAll("[data-panel]")) choice.setAttribute("aria-pressed", String(choice.dataset.panel === panel));
    get("layout").value = layout;
    get("colour").value = colour;
    get("stage").dataset.panel = panel;
  }

  /** Brings Cytoscape when it is first needed; without it the table is all there is. */
  async #paint() {
    if (this.picture || !get("no-picture").hidden) return;
    try {
      const { default: cytoscape } = await import("/explorer/ui/cytoscape.mjs");
      const told = { pick: (ref) => this.pick(ref), open: (ref) => this.around(ref, 1), next: (key) => this.next(key), hover: (text) => { get("hover").textContent = text; } };
      this.picture = new Picture(cytoscape, get("picture"), told);
    } catch {
      get("no-picture").hidden = false;
      get("picture").hidden = true;
    }
  }

  #redress() {
    if (!this.gathered) {
      if (!get("overview").hidden && this.facets.has(this.view.space)) this.#overview(this.facets.get(this.view.space));
      return;
    }
    this.picture?.restyle();
    this.#show();
  }

  #only(id, fillIt = () => {}) {
    for (const part of ["signin", "overview", "desk"]) get(part).hidden = part !== id;
    document.body.dataset.part = id;
    fillIt();
  }

  #busy(on) {
    get("progress").hidden = !on;
    get("main").setAttribute("aria-busy", String(on));
  }

  say(text) { get("said").textContent = text; }

  /** Says what went wrong and what to do. A refused token leads back to where one is given; the view is kept. */
  fail(problem) {
    if (problem.name === "AbortError") return;
    if (!(problem instanceof Problem)) throw problem;
    if (problem.unknownCaller) this.forget();
    const advice = { 403: "Ask for a token with the scope graph.read, or for a right on this space.", 404: "Choose another space above, or search for it.", 429: "Wait a moment, then try again." }[problem.status];
    fill(get("trouble"), make("div", { class: "trouble" },
      make("div", {}, make("strong", {}, problem.title), make("p", {}, [problem.detail, advice].filter(Boolean).join(" ")),
        problem.requestId ? make("p", { class: "faint" }, `Request ${problem.requestId}`) : null),
      !problem.unknownCaller && button("Try again", () => { fill(get("trouble")); this.load({}); }),
      button("✕", () => fill(get("trouble")), { class: "plain", "aria-label": "Close this message" })));
  }

  forget() {
    keep(null);
    this.client = null;
    get("leave").hidden = true;
    get("space").disabled = get("find").disabled = true;
    this.#only("signin");
    get("token").focus();
  }

  // -- what the page's controls do

  #wire() {
    get("signin-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const token = get("token").value.trim().replace(/^(TOKEN=|Bearer\s+)/i, "");
      get("token").value = "";
      fill(get("trouble"));
      keep(token);
      this.open(token);
    });
    get("leave").addEventListener("click", () => { this.forget(); this.say("The token is forgotten"); });
    get("home").addEventListener("click", (event) => { event.preventDefault(); if (this.client) this.go({ ...empty(this.view.space), panel: this.view.panel }); });
    get("space").addEventListener("change", ({ target }) => this.go({ ...empty(target.value), panel: this.view.panel }));
    get("layout").addEventListener("change", ({ target }) => this.go({ layout: target.value }));
    get("colour").addEventListener("change", ({ target }) => this.go({ colour: target.value }));
    get("clear").addEventListener("click", () => this.go({ ...empty(this.view.space), panel: this.view.panel }));
    get("fresh").addEventListener("click", () => { this.client.forget(); this.card.forget(); this.facets.clear(); this.load({}); });
    get("skip").addEventListener("click", (event) => { event.preventDefault(); (get("desk").hidden ? get("main") : get("table-area")).focus(); });
    for (const choice of document.querySelectorAll("[data-panel]")) choice.addEventListener("click", () => this.go({ panel: choice.dataset.panel }, { silent: true }));
    this.#wireFiles();
    this.#wireKeys();
    addEventListener("popstate", () => { if (takeAndKeep()) this.open(kept()); this.#restore(); });
  }

  #restore() {
    const before = this.view.space;
    this.view = parse(location.hash);
    this.view.space ??= before;
    if (this.view.space !== null) get("space").value = this.view.space;
    if (this.client) this.load({});
  }

  #wireFiles() {
    const name = () => `tercet-${this.seen.nodes.length}`;
    get("graphml").addEventListener("click", () => give(new Blob([writeGraphML(this.seen)], { type: "application/graphml+xml" }), `${name()}.graphml`));
    get("png").addEventListener("click", async () => { if (this.picture) give(await this.picture.photograph(), `${name()}.png`); });
    get("link").addEventListener("click", async ({ target }) => {
      try {
        await navigator.clipboard.writeText(location.href);
        target.textContent = "Copied";
      } catch {
        target.textContent = "Copy it from the address";
      }
      this.say("The link holds the view, not the token");
      setTimeout(() => { target.textContent = "Copy link"; }, SAID_MS);
    });
  }

  #wireKeys() {
    const zoom = (factor) => () => this.picture?.zoom(factor);
    get("nearer").addEventListener("click", zoom(1.4));
    get("farther").addEventListener("click", zoom(1 / 1.4));
    get("whole").addEventListener("click", () => this.picture?.whole());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(input|select|textarea)$/i.test(event.target.tagName)) return;
      event.preventDefault();
      get("find").focus();
    });
    get("picture").addEventListener("keydown", (event) => this.#press(event));
    get("picture").addEventListener("blur", () => { this.picture?.point(null); this.at = null; });
  }

  #press(event) {
    const arrow = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    const from = this.at ?? this.view.pick;
    if (event.ctrlKey || event.metaKey || event.altKey || !this.picture) return;
    if (arrow) this.#step(this.picture.look(from, { x: arrow[0], y: arrow[1] }));
    else if (event.key === "Enter" && from) this.#enter(from);
    else if (event.key === "+" || event.key === "=") this.picture.zoom(1.4);
    else if (event.key === "-") this.picture.zoom(1 / 1.4);
    else if (event.key === "0") this.picture.whole();
    else if (event.key === "Escape") { this.#step(null); this.pick(null); }
    else if (event.key === "Delete" && this.view.pick) this.hide(this.view.pick);
    else return;
    event.preventDefault();
  }

  #step(id) {
    if (id === null && this.at) this.picture.point(null);
    this.at = id;
    if (id === null) return;
    const { group, text } = this.picture.describe(id);
    this.picture.point(id);
    this.picture.reveal(id);
    if (!group) this.pick(id);
    this.say(group ? `${text}. Enter brings them` : text);
  }

  #enter(id) {
    if (this.picture.describe(id).group) this.next(id);
    else this.around(id, 1);
  }
}

function countKinds({ entities }) {
  const counts = new Map();
  for (const { kind } of entities.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([kind]) => ({ kind }));
}

const toggle = (names, name) => (names.includes(name) ? names.filter((other) => other !== name) : [...names, name]);

function kept() { try { return sessionStorage.getItem(KEPT); } catch { return null; } }

function keep(token) {
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else sessionStorage.removeItem(KEPT);
  } catch { /* a browser that keeps nothing: the token lives as long as the page */ }
}

/** Takes a token out of the address, if there is one, and keeps it for this tab. */
function takeAndKeep() {
  const token = takeToken();
  if (token) keep(token);
  return token;
}

const given = takeAndKeep() ?? kept();
const explorer = new Explorer();
explorer.view = parse(location.hash);
if (given) explorer.open(given);
else explorer.forget();
