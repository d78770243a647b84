// What is seen, as files.

import { title } from "./words.js";

const FIELDS = [
  ["name", "node"], ["kind", "node"], ["domain", "node"], ["type", "node"], ["id", "node"], ["distance", "node"],
  ["relationship", "edge"], ["directed", "edge"],
];

/** Gives a blob to whoever looks, under a name. */
export function give(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// Characters that XML 1.0 has no way to write are left out; surrogates must come in pairs.
const clean = (text) => String(text).toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;" };
const escape = (text) => clean(text).replace(/[&<>"\t\n\r]/g, (letter) => ESCAPES[letter]);

const datum = (element, name, value) => (value === null || value === undefined || value === "" ? "" : `<data key="${element}-${name}">${escape(value)}</data>`);

/** The entities and links that are seen, as GraphML. A link without direction says so in its data. */
export function writeGraphML({ nodes, links }) {
  const keys = FIELDS.map(([name, element]) => `<key id="${element}-${name}" for="${element}" attr.name="${name}" attr.type="${{ distance: "int", directed: "boolean" }[name] ?? "string"}"/>`);
  const rows = nodes.map(({ ref, entity, distance }) => {
    const values = { name: title(entity), kind: entity.kind, domain: entity.domain, type: entity.type, id: entity.id, distance };
    return `<node id="${escape(ref)}">${Object.entries(values).map(([name, value]) => datum("node", name, value)).join("")}</node>`;
  });
  const lines = links.map(({ id, source, target, type, directed }) =>
    `<edge id="${escape(id)}" source="${escape(source)}" target="${escape(target)}">${datum("edge", "relationship", type)}${datum("edge", "directed", directed)}</edge>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">', ...keys,
    '<graph id="tercet" edgedefault="directed">', ...rows, ...lines, "</graph>", "</graphml>", "",
  ].join("\n");
}
