// Where things stand. Every arrangement is computed in one pass over the tree of shortest ways, so two thousand entities
// take milliseconds, and the same view always looks the same. `angle` is where a label points, null: below; `hush`: there
// is no room for it.

// Around an entity: how far its leaves are apart, its rows of leaves, and what the labels of the last row take.
const ROOMY = { arc: 15, row: 128, room: 112, first: 74, gap: 34, most: 700 };
const DENSE = { arc: 15, row: 17, room: 12, first: 30, gap: 12, most: Infinity };
const GAP = 34;
const LABEL = 112;
const RING = 160;
const ARC = 17;
const WIDEST = 420;
const MOST_LINES = 9;
const LINE_GAP = 26;
const COLUMN = 280;
const LINE = 26;
const COLUMN_LINES = 60;
const TURN = Math.PI * 2;

/** The tree under each root: children in the order of kind and name, groups last. */
function grow(nodes, groups) {
  const children = new Map();
  const roots = [];
  const sorted = [...nodes].sort(order);
  for (const node of sorted) {
    if (node.parent === null) roots.push(node.ref);
    else (children.get(node.parent) ?? children.set(node.parent, []).get(node.parent)).push(node.ref);
  }
  for (const { entity, key } of groups) (children.get(entity) ?? children.set(entity, []).get(entity)).push(key);
  const first = new Map(nodes.map(({ ref }, index) => [ref, index]));
  roots.sort((a, b) => first.get(a) - first.get(b));
  return { roots, under: (ref) => children.get(ref) ?? [] };
}

const collator = new Intl.Collator("en", { numeric: true });

function order({ entity: a }, { entity: b }) {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return collator.compare(a.name ?? a.id, b.name ?? b.id);
}

/** Rows of slots around a point: how many fit at `arc` apart on rows `row` apart, from the radius `start` on. */
function* slots(count, start, row, arc, turn) {
  let radius = start;
  for (let left = count; left > 0; radius += row) {
    const fits = Math.max(1, Math.floor((TURN * radius) / arc));
    const here = Math.min(left, fits);
    for (let index = 0; index < here; index += 1) yield { radius, angle: turn + (TURN * (index + 0.5)) / here };
    left -= here;
  }
}

/** Discs around a disc: in one row where that is not much wider than it must be, else in as many as they fill. */
function surround(sizes, edge, gap) {
  const wants = (size, from) => 2 * Math.asin(Math.min(1, (size + gap / 2) / (from + gap + size)));
  const whole = (from) => sizes.reduce((sum, size) => sum + wants(size, from), 0);
  const farthest = edge + 1.5 * Math.sqrt(sizes.reduce((sum, size) => sum + (size + gap / 2) ** 2, 0));
  let from = edge;
  if (whole(farthest) <= TURN) {
    let most = farthest;
    for (let halving = 0; halving < 20 && whole(from) > TURN; halving += 1) {
      const middle = (from + most) / 2;
      if (whole(middle) > TURN) from = middle;
      else most = middle;
      if (most - from < 1) from = most;
    }
  }
  const ring = [];
  for (let next = 0; next < sizes.length;) {
    const row = [];
    let used = 0;
    while (next + row.length < sizes.length && (!row.length || used + wants(sizes[next + row.length], from) <= TURN + 1e-6)) {
      row.push(sizes[next + row.length]);
      used += wants(row.at(-1), from);
    }
    const spare = (TURN - used) / row.length;
    let angle = sizes.length === 1 ? -spare / 2 - used / 2 : -Math.PI / 2;
    for (const size of row) {
      const turn = wants(size, from) + spare;
      ring.push({ radius: from + gap + size, angle: angle + turn / 2 });
      angle += turn;
    }
    next += row.length;
    from += gap + 2 * Math.max(...row);
  }
  return { ring, size: from };
}

/** Every entity in a disc of its own, its leaves in rows around it and the discs of what has more under it outside. */
function clusters(tree, points, count) {
  const space = count <= ROOMY.most ? ROOMY : DENSE;
  const hush = space === DENSE;
  const discs = new Map();
  const measure = (ref) => {
    const leaves = [];
    const inner = [];
    for (const child of tree.under(ref)) (tree.under(child).length ? inner : leaves).push(child);
    const startOfLeaves = hush ? space.first : Math.max(space.first, leaves.length <= 160 ? (leaves.length * space.arc) / TURN : space.first);
    const rows = [...slots(leaves.length, startOfLeaves, space.row, space.arc, -Math.PI / 2)];
    let edge = leaves.length ? rows.at(-1).radius + space.room : 26;
    const { ring, size } = surround(inner.map((child) => discs.get(child).size), edge, space.gap);
    edge = size;
    discs.set(ref, { size: edge, leaves, rows, inner, ring });
  };
  const settle = (ref, x, y, turn, lies) => {
    const { leaves, rows, inner, ring } = discs.get(ref);
    points.set(ref, { x, y, angle: lies });
    leaves.forEach((leaf, index) => {
      const { radius, angle } = rows[index];
      points.set(leaf, { x: x + radius * Math.cos(angle + turn), y: y + radius * Math.sin(angle + turn), angle: angle + turn, hush });
    });
    return inner.map((child, index) => {
      const { radius, angle } = ring[index];
      return [child, x + radius * Math.cos(angle + turn), y + radius * Math.sin(angle + turn), angle + turn, null];
    });
  };
  return arrangeTrees(tree, measure, settle, (root) => discs.get(root).size, points);
}

/** Trees side by side, the first in the middle of the page; recursion by hand, so that no chain is too deep. */
function arrangeTrees(tree, measure, settle, sizeOf, points) {
  let x = 0;
  tree.roots.forEach((root, index) => {
    const downwards = [root];
    for (let next = 0; next < downwards.length; next += 1) downwards.push(...tree.under(downwards[next]).filter((ref) => tree.under(ref).length));
    downwards.reverse().forEach(measure);
    if (index) x += sizeOf(root) + GAP * 2;
    const todo = [[root, x, 0, 0, null]];
    while (todo.length) todo.push(...settle(...todo.pop()));
    x += sizeOf(root);
  });
  return points;
}

/** The entities of each distance, in the order of the tree, so that what belongs together stands together. */
function levels(tree, root) {
  const rows = [];
  const todo = [[root, 0]];
  while (todo.length) {
    const [ref, depth] = todo.pop();
    (rows[depth] ??= []).push(ref);
    [...tree.under(ref)].reverse().forEach((child) => todo.push([child, depth + 1]));
  }
  return rows;
}

/** A ring for each distance, everything outside of what it hangs on; a crowded ring has several rows. */
function rings(tree, points) {
  let x = 0;
  tree.roots.forEach((root, index) => {
    const rows = levels(tree, root);
    const angles = divide(tree, root, rows);
    let radius = 0;
    const placed = [[root, 0, 0, false]];
    rows.slice(1).forEach((row) => {
      radius += row.length > 1 || radius === 0 ? RING : RING * 0.8;
      const lean = closest(row.map((ref) => angles.get(ref)));
      const lines = Math.max(1, Math.min(MOST_LINES, Math.ceil(ARC / (lean * Math.max(radius, WIDEST)))));
      radius = Math.max(radius, Math.min(ARC / lean / lines, WIDEST * 2));
      row.forEach((ref, place) => placed.push([ref, radius + (place % lines) * LINE_GAP, angles.get(ref), lines > 1]));
      radius += (lines - 1) * LINE_GAP;
    });
    if (index) x += radius + LABEL;
    for (const [ref, far, angle, hush] of placed) {
      points.set(ref, { x: x + far * Math.cos(angle), y: far * Math.sin(angle), angle: far ? angle : null, hush });
    }
    x += radius + LABEL * 2;
  });
  return points;
}

/** Every entity the middle of its part of the circle, which is as wide as what hangs on it asks for. */
function divide(tree, root, rows) {
  const weights = new Map();
  for (const row of [...rows].reverse()) {
    for (const ref of row) weights.set(ref, Math.max(1, tree.under(ref).reduce((sum, child) => sum + weights.get(child), 0)));
  }
  const angles = new Map([[root, 0]]);
  const starts = new Map([[root, -Math.PI / 2]]);
  const unit = TURN / weights.get(root);
  for (const ref of rows.flat()) {
    let start = starts.get(ref);
    for (const child of tree.under(ref)) {
      const turn = weights.get(child) * unit;
      angles.set(child, start + turn / 2);
      starts.set(child, start);
      start += turn;
    }
  }
  return angles;
}

/** How near neighbours on a ring come, all but the nearest twentieth of them. */
function closest(angles) {
  if (angles.length < 2) return TURN;
  const gaps = angles.map((angle, index) => (index ? angle - angles[index - 1] : angles[0] + TURN - angles.at(-1))).sort((a, b) => a - b);
  return Math.max(gaps[Math.floor(gaps.length / 20)], 1e-4);
}

/** A column for each distance, from left to right; a long one goes on beside itself. */
function layers(tree, points) {
  let y = 0;
  for (const root of tree.roots) {
    let x = 0;
    let tallest = 0;
    for (const row of levels(tree, root)) {
      const lines = Math.max(COLUMN_LINES, Math.ceil(Math.sqrt(row.length) * 3));
      const high = Math.min(row.length, lines);
      row.forEach((ref, index) => {
        const column = Math.floor(index / lines);
        const here = Math.min(row.length - column * lines, lines);
        points.set(ref, { x: x + column * 190, y: y + ((index % lines) - (here - 1) / 2) * LINE, angle: 0 });
      });
      tallest = Math.max(tallest, high);
      x += Math.floor((row.length - 1) / lines) * 190 + COLUMN;
    }
    y += tallest * LINE + COLUMN / 2;
  }
  return points;
}

const ARRANGEMENTS = { clusters, rings, layers };

/** A point for every node and group, by ref and key. */
export function arrange(name, { nodes, groups }) {
  return ARRANGEMENTS[name](grow(nodes, groups), new Map(), nodes.length + groups.length);
}
