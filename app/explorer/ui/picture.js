// The picture: what is seen, drawn by Cytoscape on a canvas, in slices, so that the page answers meanwhile.

import { arrange } from "./layout.js";
import { colourOfDistance, paint, still } from "./look.js";
import { brief, number, plural, shorten, title } from "./words.js";

const SLICE = 60;
const BUDGET_MS = 13;
const FEW = 160;
const MANY_LINKS = 600;
const CROWD = 700;
const LABELLED_LINKS = 14;
const STRESSED_LINKS = 20;
const SHORT_NAME = 20;
const LONG_NAME = 30;
const MOVE_MS = 320;
const NEAREST_FIT = 1.25;
const LABEL_ROOM = 145;

const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });

/** `swell`: how much thicker lines are where a large picture is small. What is without a name costs no label's style. */
function style(swell) {
  const [ink, faint, ground, accent, line] = ["ink", "faint", "ground", "accent", "line"].map(paint);
  const wide = 1.2 * swell;
  return [
    { selector: "node", style: {
      "background-color": "data(colour)", shape: "data(shape)", width: "data(size)", height: "data(size)", "border-color": ground,
    } },
    { selector: "node.named, node.pick, node.over", style: {
      "border-width": 1.5, label: "data(label)", color: ink, "font-size": "data(letters)", "font-family": "system-ui, sans-serif", "min-zoomed-font-size": 7,
      "text-halign": "data(side)", "text-valign": "data(height)", "text-rotation": "data(turn)", "text-margin-x": "data(shiftX)", "text-margin-y": "data(shiftY)",
      "text-outline-color": ground, "text-outline-width": 2.5, "text-outline-opacity": 0.9,
    } },
    { selector: "node.inner", style: { "font-weight": 600 } },
    { selector: "node.root", style: {
      "min-zoomed-font-size": 0, "underlay-color": "data(colour)", "underlay-opacity": 0.2, "underlay-padding": 8, "underlay-shape": "ellipse",
    } },
    { selector: "node.group", style: {
      "background-color": ground, "border-width": 1.5, "border-style": "dashed", "border-color": faint, color: faint, "font-style": "italic",
    } },
    { selector: "edge", style: { width: wide, "line-color": line, "target-arrow-color": line, "curve-style": "straight", "arrow-scale": 0.75 } },
    { selector: "edge.bent", style: { "curve-style": "bezier", "control-point-step-size": 26 } },
    { selector: "edge.directed", style: { "target-arrow-shape": "triangle" } },
    { selector: "edge.plain", style: { "curve-style": "haystack", "target-arrow-shape": "none", "haystack-radius": 0 } },
    { selector: "edge.rest", style: { "line-style": "dashed", "line-color": faint } },
    { selector: ".faded", style: { opacity: 0.22 } },
    { selector: "edge.near", style: { "line-color": ink, "target-arrow-color": ink, width: wide * 1.4, "z-index": 5 } },
    { selector: "edge.crowd", style: { "line-color": faint, "target-arrow-color": faint, "z-index": 5 } },
    { selector: "edge.told", style: {
      label: "data(label)", "font-size": 9, color: faint, "text-rotation": "autorotate", "text-background-color": ground, "text-background-opacity": 0.9,
      "text-background-padding": 2, "font-family": "system-ui, sans-serif", "min-zoomed-font-size": 7,
    } },
    { selector: "edge.on", style: { "line-color": accent, "target-arrow-color": accent, width: wide * 2.4, "z-index": 6 } },
    { selector: "node.on", style: { "border-color": accent, "border-width": 3 } },
    { selector: "node.start", style: { "border-color": accent, "border-width": 3, "border-style": "double" } },
    { selector: "node.pick", style: {
      "border-color": accent, "border-width": 3.5, "underlay-color": accent, "underlay-opacity": 0.25, "underlay-padding": 7, "font-weight": 700, "z-index": 9,
      "min-zoomed-font-size": 0, label: "data(name)",
    } },
    { selector: "node.over", style: { "border-color": ink, label: "data(name)", "z-index": 10 } },
  ];
}

/** Where a label stands: along the ray on which a leaf lies, below what has more under it. */
function lay(angle, size) {
  if (angle === null) return { side: "center", height: "bottom", turn: "0rad", shiftX: 0, shiftY: 4 };
  const [cos, sin, reach] = [Math.cos(angle), Math.sin(angle), size / 2 + 5];
  const left = cos < -0.001;
  const turn = left ? angle + Math.PI : angle;
  return {
    side: left ? "left" : "right", height: "center", turn: `${Math.atan2(Math.sin(turn), Math.cos(turn)).toFixed(3)}rad`,
    shiftX: reach * cos + (left ? size / 2 : -size / 2), shiftY: reach * sin,
  };
}

export class Picture {
  #cy;
  #turn = 0;
  #moved = new Map();
  #scene = null;
  #fitted = null;
  #swell = 1;
  #room = LABEL_ROOM;

  /** `told` has `pick(ref)`, `open(ref)`, `next(key)` and `hover(text)`. */
  constructor(cytoscape, container, told) {
    this.container = container;
    this.told = told;
    this.#cy = cytoscape({
      container, style: style(1), layout: { name: "preset" }, minZoom: 0.03, maxZoom: 4, boxSelectionEnabled: false, autounselectify: true,
      hideEdgesOnViewport: false, pixelRatio: Math.min(devicePixelRatio || 1, 2),
    });
    this.#listen();
  }

  #listen() {
    const cy = this.#cy;
    cy.on("tap", "node", ({ target }) => (target.hasClass("group") ? this.told.next(target.id()) : this.told.pick(target.id())));
    cy.on("dbltap", "node:childless", ({ target }) => { if (!target.hasClass("group")) this.told.open(target.id()); });
    cy.on("tap", ({ target }) => { if (target === cy) this.told.pick(null); });
    cy.on("mouseover", "node, edge", ({ target }) => {
      if (target.isNode()) target.addClass("over");
      this.told.hover(target.data("told"));
    });
    cy.on("mouseout", "node, edge", ({ target }) => { target.removeClass("over"); this.told.hover(""); });
    cy.on("dragfree", "node", ({ target }) => this.#moved.set(target.id(), { ...target.position() }));
    new ResizeObserver(() => { cy.resize(); if (this.#fitted === "waiting") this.whole(); }).observe(this.container);
  }

  /** Draws what is seen; another `key`: another picture, which is fitted into the frame; the same `stamp`: only marks. */
  async draw(seen, view, look, { key, stamp }) {
    if (stamp === this.#scene?.stamp) {
      this.mark(seen, view);
      return;
    }
    this.#turn += 1;
    const mine = this.#turn;
    const cy = this.#cy;
    const started = performance.now();
    if (this.#scene?.layout !== view.layout || this.#scene?.space !== view.space) this.#moved.clear();
    const points = arrange(view.layout, seen);
    this.#room = LABEL_ROOM;
    const swell = Math.min(Math.max(Math.round(1.5 / this.#foresee([...points.values()]).zoom) / 2, 1), 4);
    const grow = points.size > CROWD ? 1 : Math.min(swell, 1.35);
    this.#room = LABEL_ROOM * grow;
    const nodes = this.#describe(seen, view, look, points, { swell, grow });
    const edges = this.#connect(seen);
    const wanted = new Set([...nodes, ...edges].map(({ data }) => data.id));
    const quiet = still.matches || nodes.length > FEW;
    cy.renderer().hideEdgesOnViewport = edges.length > MANY_LINKS;
    cy.batch(() => cy.elements().filter((element) => !wanted.has(element.id())).remove());
    const fresh = [...nodes, ...edges].filter(({ data }) => cy.getElementById(data.id).empty());
    const known = [...nodes, ...edges].filter(({ data }) => cy.getElementById(data.id).nonempty());
    const refit = key !== this.#scene?.key;
    this.#scene = { key, layout: view.layout, space: view.space, stamp: null };
    this.#thicken(swell);
    // Nothing is painted before all of it stands: each slice would paint the slices before it again.
    cy.notifications(false);
    const current = () => mine === this.#turn;
    const renewed = await inSlices(known, current, (slice) => cy.batch(() => slice.forEach((description) => this.#renew(description, quiet))), cy);
    // Not in a batch: that makes adding three times slower.
    const added = renewed && await inSlices(fresh, current, (slice) => cy.add(slice), cy);
    if (!added) return;
    this.mark(seen, view);
    cy.notifications(true);
    cy.notify("load", cy.elements());
    this.#scene.stamp = stamp;
    if (refit) {
      if (quiet) this.whole();
      else setTimeout(() => { if (mine === this.#turn) this.whole(); }, MOVE_MS + 30);
    }
    await frame();
    performance.measure("tercet-draw", { start: started, end: performance.now(), detail: nodes.length });
  }

  #describe(seen, view, look, points, { swell, grow }) {
    const parents = new Set(seen.nodes.map(({ parent }) => parent));
    const nodes = seen.nodes.map((node) => {
      const { entity, ref, root, distance } = node;
      const inner = root || parents.has(ref);
      const { hush } = points.get(ref);
      const size = root ? 30 * Math.min(swell, 2) : inner ? (hush ? 14 : 20) : 12;
      const { colour, shape } = look(entity.kind);
      const point = this.#moved.get(ref) ?? points.get(ref);
      const data = {
        id: ref, label: shorten(title(entity), root || view.layout === "clusters" && inner ? LONG_NAME : SHORT_NAME), name: title(entity), told: `${title(entity)} — ${brief(entity.kind)}`, size, shape, letters: root ? 13 * Math.min(swell, 2.4) : (inner ? 11 : 10) * grow,
        colour: view.colour === "distance" ? colourOfDistance(distance) : colour, ...lay(root || (inner && view.layout === "clusters") ? null : points.get(ref).angle, size),
      };
      const classes = [inner && "inner", root && "root", (root || !hush) && "named"].filter(Boolean).join(" ");
      return { group: "nodes", data, position: { x: point.x, y: point.y }, classes };
    });
    for (const { key, type, rest } of seen.groups) {
      const { x, y, angle } = points.get(key);
      const label = `${number(rest)} more ${brief(type)}`;
      const data = { id: key, label, name: label, told: `${label}: bring the next ones`, size: 14, shape: "ellipse", letters: 10 * grow, colour: "#888", ...lay(angle, 14) };
      nodes.push({ group: "nodes", data, position: { x, y }, classes: "group named" });
    }
    return nodes;
  }

  #connect(seen) {
    const plain = seen.links.length > MANY_LINKS;
    const pairs = new Map();
    const pair = ({ source, target }) => (source < target ? `${source}${target}` : `${target}${source}`);
    for (const link of seen.links) pairs.set(pair(link), (pairs.get(pair(link)) ?? 0) + 1);
    const edges = seen.links.map((link) => {
      const bent = pairs.get(pair(link)) > 1 || link.source === link.target;
      const classes = [plain && !bent && "plain", bent && "bent", link.directed && "directed"].filter(Boolean).join(" ");
      return { group: "edges", data: { id: link.id, source: link.source, target: link.target, label: brief(link.type), told: brief(link.type) }, classes };
    });
    for (const { key, entity, type } of seen.groups) {
      edges.push({ group: "edges", data: { id: `-${key}`, source: entity, target: key, label: brief(type), told: brief(type) }, classes: "rest" });
    }
    return edges;
  }

  #renew({ group, data, position, classes }, quiet) {
    const element = this.#cy.getElementById(data.id);
    if (group === "edges") {
      element.data(data).classes(classes);
      return;
    }
    element.data(data);
    element.classes(classes);
    const { x, y } = element.position();
    if (Math.hypot(x - position.x, y - position.y) < 1) return;
    if (quiet) element.position(position);
    else element.stop(true).animate({ position }, { duration: MOVE_MS, easing: "ease-out" });
  }

  /** Shows which entity is picked, from where a path is to start, and what lies on the paths that were asked for. */
  mark(seen, view) {
    const cy = this.#cy;
    cy.batch(() => {
      cy.elements(".pick, .near, .crowd, .told, .on, .start, .faded").removeClass("pick near crowd told on start faded");
      if (seen.on.size) {
        const on = cy.elements().filter((element) => seen.on.has(element.id()));
        on.addClass("on");
        cy.elements().not(on).addClass("faded");
      }
      if (view.start) cy.getElementById(view.start).addClass("start");
      if (!view.pick) return;
      const picked = cy.getElementById(view.pick).addClass("pick").removeClass("faded");
      const near = picked.connectedEdges().removeClass("faded");
      near.addClass(near.length <= STRESSED_LINKS ? "near" : "crowd");
      if (near.length <= LABELLED_LINKS) near.addClass("told");
    });
  }

  /** Makes sure that an entity is within the frame. */
  reveal(ref) {
    const node = this.#cy.getElementById(ref);
    if (node.empty()) return;
    const { x, y } = node.renderedPosition();
    const [wide, high] = [this.#cy.width(), this.#cy.height()];
    if (x > 20 && y > 20 && x < wide - 20 && y < high - 20) return;
    if (still.matches) this.#cy.center(node);
    else this.#cy.animate({ center: { eles: node } }, { duration: MOVE_MS });
  }

  /** Fits everything into the frame. */
  whole() {
    const cy = this.#cy;
    this.#fitted = cy.width() && cy.height() ? "done" : "waiting";
    if (cy.elements().empty() || this.#fitted === "waiting") return;
    cy.viewport(this.#foresee(cy.nodes().map((node) => node.position())));
  }

  /** The frame in which all of some points will stand. */
  #foresee(points) {
    const [wide, high] = [this.#cy.width(), this.#cy.height()];
    const box = ["x", "y"].map((axis) => points.reduce(([least, most], point) => [Math.min(least, point[axis]), Math.max(most, point[axis])], [Infinity, -Infinity]));
    const [across, down] = box.map(([least, most]) => most - least + this.#room * 2);
    const zoom = Math.min(wide / across, high / down, NEAREST_FIT);
    if (!Number.isFinite(zoom) || zoom <= 0) return { zoom: 1, pan: { x: wide / 2, y: high / 2 } };
    const [x, y] = box.map(([least, most]) => (least + most) / 2);
    return { zoom, pan: { x: wide / 2 - x * zoom, y: high / 2 - y * zoom } };
  }

  zoom(factor) {
    const at = { x: this.#cy.width() / 2, y: this.#cy.height() / 2 };
    this.#cy.zoom({ level: this.#cy.zoom() * factor, renderedPosition: at });
  }

  /** The id of what is nearest in a direction (`x`, `y` of length one) from `from`; the first of all where nothing is picked. */
  look(from, { x, y }) {
    const cy = this.#cy;
    const here = from && cy.getElementById(from);
    if (!here || here.empty()) return (cy.nodes(".root").nonempty() ? cy.nodes(".root") : cy.nodes())[0]?.id() ?? null;
    const at = here.position();
    let [best, least] = [null, Infinity];
    cy.nodes().forEach((node) => {
      const [dx, dy] = [node.position().x - at.x, node.position().y - at.y];
      const [along, beside] = [dx * x + dy * y, Math.abs(dx * y - dy * x)];
      if (along <= 0.5 || beside > along * 1.6) return;
      const far = along + beside * 2;
      if (far < least) [best, least] = [node.id(), far];
    });
    return best;
  }

  /** Whether an id is that of a group, and what it is called. */
  describe(id) {
    const node = this.#cy.getElementById(id);
    return { group: node.hasClass("group"), text: `${node.data("told")}, ${plural(node.degree(), "link", "links")} shown` };
  }

  point(id) {
    this.#cy.nodes(".over").removeClass("over");
    if (id) this.#cy.getElementById(id).addClass("over");
  }

  restyle() { this.#cy.style(style(this.#swell)); }

  #thicken(swell) {
    if (swell === this.#swell) return;
    this.#swell = swell;
    this.restyle();
  }

  /** The whole picture as a PNG, at most 6,000 pixels wide and high. */
  photograph() {
    return this.#cy.png({ output: "blob-promise", full: true, scale: 2, maxWidth: 6000, maxHeight: 6000, bg: paint("ground") });
  }
}

/** Does something with a list, a few at a time, and lets the page breathe in between; false once it is not wanted any more. */
async function inSlices(list, wanted, act, cy) {
  let due = performance.now() + BUDGET_MS;
  for (let start = 0; start < list.length; start += SLICE) {
    const slice = list.slice(start, start + SLICE);
    act(slice);
    // Styles are worked out when they are first asked for: here, not all at once in the first painting.
    for (const { data } of slice) cy.getElementById(data.id).pstyle("width");
    if (performance.now() < due) continue;
    await frame();
    if (!wanted()) return false;
    due = performance.now() + BUDGET_MS;
  }
  return wanted();
}
