// From a view's questions to one graph, and from that graph to what is seen of it. Nothing here touches the page.

import { Problem } from "./api.js";
import { brief, sayCut, title } from "./words.js";

/** Most entities that are drawn and listed: everything beyond is said, not shown. */
export const MOST = 2_000;
/** Links of one type and direction that an entity shows at first, and how many more come at a time. */
export const GROUP = 50;
export const NEXT = 100;
const LONGEST_LIST = 6_000;
const MOST_TYPES = 100;

const place = (space) => `/spaces/${encodeURIComponent(space)}`;
export const keyOf = ({ entity, ref, type, direction }) => `${entity ?? ref}|${direction}|${type}`;

/** Entities and links by their ids, the groups of hubs by theirs, and what each question answered beside them. */
class Gathered {
  entities = new Map();
  links = new Map();
  groups = new Map();
  results = [];
  roots = [];
  left = 0;

  add({ entities = [], relationships = [], groups = [] }) {
    for (const entity of entities) {
      if (this.entities.has(entity.ref)) continue;
      if (this.entities.size < MOST) this.entities.set(entity.ref, entity);
      else this.left += 1;
    }
    for (const link of relationships) {
      if (this.entities.has(link.source) && this.entities.has(link.target)) this.links.set(link.id, link);
    }
    for (const group of groups) {
      const key = keyOf(group);
      if (!this.groups.has(key) && this.entities.has(group.entity)) {
        this.groups.set(key, { ...group, key, total: group.shown + group.more });
      }
    }
  }
}

/** The types to ask along: all that the space has but those that are filtered out; none named means all. */
function allow(view, facets) {
  if (!view.withoutTypes.length || !facets) return [];
  const types = facets.types.map(({ type }) => type).filter((type) => !view.withoutTypes.includes(type));
  return types.length > MOST_TYPES || types.join().length > LONGEST_LIST ? [] : types;
}

/** Asks what the view asks. A question that fails is told beside the answers of the others, unless the caller is refused. */
export async function gather(client, view, facets, signal) {
  const types = allow(view, facets);
  const gathered = new Gathered();
  const pages = view.asks.filter(({ ask }) => ask === "more");
  const answers = await Promise.all(view.asks.map((ask) => (ask.ask === "more" ? null : tell(send(client, view.space, ask, types, signal)))));
  view.asks.forEach((ask, index) => {
    const { answer, problem } = answers[index] ?? {};
    const root = ask.ref ?? ask.from;
    if (root && !gathered.roots.includes(root)) gathered.roots.push(root);
    if (ask.ask !== "more") gathered.results.push({ ask, problem, answer });
    if (answer) gathered.add(answer);
  });
  for (const ask of pages) {
    const problem = (await tell(turnPages(client, view.space, ask, gathered, signal))).problem;
    gathered.results.push({ ask, problem, answer: null });
  }
  return gathered;
}

async function tell(asking) {
  try {
    return { answer: await asking };
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.unknownCaller) throw problem;
    return { problem };
  }
}

function send(client, space, ask, allowed, signal) {
  const from = place(space);
  switch (ask.ask) {
    case "around": {
      const types = ask.types.length ? ask.types : allowed;
      const { ref, steps, direction } = ask;
      return client.get(`${from}/neighbourhood`, { from: ref, steps, direction, types, limit: MOST, group: GROUP }, signal);
    }
    case "path": {
      const mode = ask.most > 1 ? { mode: "k", most: ask.most } : { mode: "shortest" };
      return client.get(`${from}/paths`, { from: ask.from, to: ask.to, direction: "both", ...mode, types: allowed }, signal);
    }
    default:
      return client.get(`${from}/impact`, { from: ask.ref, direction: ask.direction, types: allowed, limit: MOST }, signal);
  }
}

async function turnPages(client, space, ask, gathered, signal) {
  const { ref, type, direction, count } = ask;
  if (!gathered.groups.has(keyOf(ask))) {
    const first = { from: ref, steps: 1, types: [type], direction, limit: MOST, group: GROUP };
    gathered.add(await client.get(`${place(space)}/neighbourhood`, first, signal));
  }
  const group = gathered.groups.get(keyOf(ask));
  for (let brought = 0; group?.after && brought < count;) {
    const limit = Math.min(count - brought, NEXT);
    const page = await client.get(`${place(space)}/more`, { entity: ref, type, direction, after: group.after, limit }, signal);
    gathered.add(page);
    group.after = page.after ?? null;
    brought += page.relationships.length;
    if (!page.relationships.length) break;
  }
}

/** What each question was cut by or could not answer, in words. */
export function note(gathered) {
  const notes = [];
  for (const { ask, problem, answer } of gathered.results) {
    const name = gathered.entities.has(ask.ref ?? ask.from) ? title(gathered.entities.get(ask.ref ?? ask.from)) : "an entity";
    if (problem) notes.push(`${name}: ${problem.message}`);
    else if (answer?.truncated) notes.push(`Around ${name}: ${sayCut(answer.reason, answer.limits)}`);
    else if (ask.ask === "path" && !answer.paths.length) notes.push("There is no path between the two along the types that are shown.");
  }
  if (gathered.left) notes.push(`At most ${MOST.toLocaleString("en")} entities are shown: ${gathered.left.toLocaleString("en")} more were answered and left out. Filter, or clear and start nearer.`);
  return [...new Set(notes)];
}

/** What is seen: without what is filtered out, and without what hung on that alone. */
export function see(gathered, view) {
  const kinds = count([...gathered.entities.values()].map(({ kind }) => kind));
  const types = count([...[...gathered.links.values()].map(({ type }) => type), ...[...gathered.groups.values()].map(({ type }) => type)]);
  for (const type of view.withoutTypes) types.set(type, types.get(type) ?? 0);
  const keeps = (ref) => !view.gone.includes(ref) && !view.withoutKinds.includes(gathered.entities.get(ref).kind);
  const kept = new Set([...gathered.entities.keys()].filter(keeps));
  const links = [...gathered.links.values()].filter(
    ({ source, target, type }) => kept.has(source) && kept.has(target) && !view.withoutTypes.includes(type),
  );
  const roots = [...new Set([...gathered.roots, view.pick, view.start])].filter((ref) => kept.has(ref));
  const { depth, parents, near } = walk(roots, links);
  const distances = readDistances(gathered, depth);
  const nodes = [...depth.keys()].map((ref) => ({
    ref, entity: gathered.entities.get(ref), depth: depth.get(ref), parent: parents.get(ref) ?? null,
    degree: near.get(ref)?.length ?? 0, distance: distances.get(ref) ?? null, root: gathered.roots.includes(ref),
  }));
  const seen = links.filter(({ source, target }) => depth.has(source) && depth.has(target));
  const groups = readGroups(gathered, view, depth, seen);
  return { nodes, links: seen, groups, near, kinds, types, on: readMarks(gathered), hidden: gathered.entities.size - nodes.length };
}

function count(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

/** Breadth first from each root in turn: how far everything is from the first root that reaches it, and by what way. */
function walk(roots, links) {
  const near = new Map();
  const meet = (from, to, link) => (near.get(from) ?? near.set(from, []).get(from)).push({ ref: to, link });
  for (const link of links) {
    meet(link.source, link.target, link);
    if (link.source !== link.target) meet(link.target, link.source, link);
  }
  const depth = new Map();
  const parents = new Map();
  for (const root of roots) {
    if (depth.has(root)) continue;
    depth.set(root, 0);
    const todo = [root];
    for (let next = 0; next < todo.length; next += 1) {
      for (const { ref } of near.get(todo[next]) ?? []) {
        if (depth.has(ref)) continue;
        depth.set(ref, depth.get(todo[next]) + 1);
        parents.set(ref, todo[next]);
        todo.push(ref);
      }
    }
  }
  return { depth, parents, near };
}

/** Where an impact was asked for, its distances; else how many steps things are from what was asked about. */
function readDistances(gathered, depth) {
  const impacts = gathered.results.filter(({ ask, answer }) => ask.ask === "impact" && answer);
  if (!impacts.length) return depth;
  const distances = new Map();
  const nearer = (ref, distance) => distances.set(ref, Math.min(distance, distances.get(ref) ?? Infinity));
  for (const { ask, answer } of impacts) {
    nearer(ask.ref, 0);
    for (const { entity, distance } of answer.reached) nearer(entity, distance);
  }
  return distances;
}

function readGroups(gathered, view, depth, links) {
  const shown = count(links.flatMap(({ source, target, type, directed }) => (directed
    ? [keyOf({ ref: source, type, direction: "out" }), keyOf({ ref: target, type, direction: "in" })]
    : [keyOf({ ref: source, type, direction: "both" }), keyOf({ ref: target, type, direction: "both" })])));
  return [...gathered.groups.values()]
    .filter(({ entity, type, after }) => after && depth.has(entity) && !view.withoutTypes.includes(type))
    .filter(() => gathered.entities.size < MOST)
    .map((group) => ({ ...group, rest: Math.max(group.total - (shown.get(group.key) ?? 0), 0) }))
    .filter(({ rest, total, key }) => rest > 0 && !(view.withoutKinds.length && (shown.get(key) ?? 0) === 0 && total === rest));
}

/** What lies on a path that was asked for. */
function readMarks(gathered) {
  const on = new Set();
  for (const { ask, answer } of gathered.results) {
    if (ask.ask !== "path" || !answer) continue;
    for (const path of answer.paths) [...path.entities, ...path.relationships].forEach((id) => on.add(id));
  }
  return on;
}

/** One line that says what a question asks. */
export function sayAsk(ask, gathered) {
  const name = (ref) => (gathered.entities.has(ref) ? title(gathered.entities.get(ref)) : "something");
  switch (ask.ask) {
    case "around": {
      const along = ask.types.length ? `, ${ask.types.map(brief).join(", ")}` : "";
      return `Around ${name(ask.ref)}${ask.steps > 1 ? `, ${ask.steps} steps` : ""}${along}`;
    }
    case "more": return `${ask.count.toLocaleString("en")} more ${brief(ask.type)} of ${name(ask.ref)}`;
    case "path": return `${ask.most > 1 ? "Paths" : "Path"} from ${name(ask.from)} to ${name(ask.to)}`;
    default: return `Impact of ${name(ask.ref)}, ${ask.direction === "out" ? "downstream" : "upstream"}`;
  }
}
