// purpose: lock a space and read, as one row of lists, the facts that its next transaction decides on
// mode: write
// params: needs (map: space, records, rule, pairs, pairKeys, ends, entities, types, used, labels)
// returns: space (map), records, entities, links, held (lists of lists), types, used, labels (lists of names and keys)
// plan: unique seeks only; a pair is expanded from its end of lower degree, and tells the links of both directions
MATCH (space:Space {id: $needs.space})
// To take a label from it that no space has locks the node and, unlike a property, leaves nothing to be written.
REMOVE space:Unlocked
WITH space, coalesce(space.pairs = $needs.rule + ':' + space.seq, false) AS alike
CALL () {
  UNWIND $needs.records AS key
  MATCH (r:Relationship {key: key})
  WITH properties(r) AS r
  RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
}
CALL (alike) {
  // Where all go by the rule of who asks, whatever holds a pair has its key.
  WITH * WHERE alike
  UNWIND $needs.pairKeys AS key
  MATCH (r:Relationship {pairKey: key})
  WITH key, properties(r) AS r
  RETURN collect([key, r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS held
}
CALL (space, alike) {
  WITH * WHERE NOT alike
  UNWIND $needs.pairs AS pair
  MATCH (a:Entity {key: pair[0]})
  MATCH (b:Entity {key: pair[1]})
  CALL (a, b) {
    // Told that both ends are there, the planner expands into them from the end of lower degree, hub or not.
    WITH * WHERE a IS NOT NULL AND b IS NOT NULL
    MATCH (a)-[e]-(b)
    RETURN e
  }
  WITH CASE WHEN startNode(e) = a THEN pair ELSE [pair[1], pair[0]] END AS pair, e
  MATCH (r:Relationship {key: space.prefix + ':' + e.id})
  WITH pair, r ORDER BY r.createdAt, r.key
  WITH pair, collect(r)[0..2] AS found
  WITH pair, properties(found[0]) AS r, size(found) > 1 AS more
  RETURN collect([pair[0], pair[1], more, r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS links
}
WITH *, [r IN records | r[0]] AS stored, [l IN links | [l[0], l[1]]] AS linked, [h IN held | h[0]] AS taken
CALL (stored, linked, taken) {
  // Ends matter where nothing is found between them: a repeat looks up none of them.
  UNWIND $needs.ends AS ends
  WITH ends WHERE NOT (ends[0] IN stored OR [ends[1], ends[2]] IN linked OR ends[3] IN taken)
  UNWIND [ends[1], ends[2]] AS key
  WITH collect(DISTINCT key) AS keys
  UNWIND $needs.entities + keys AS key
  WITH DISTINCT key
  MATCH (e:Entity {key: key})
  WITH e AS node, properties(e) AS e
  RETURN collect([e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
    CASE WHEN e.deletedAt IS NULL THEN false ELSE EXISTS { (node)--() } END]) AS entities
}
CALL () {
  UNWIND $needs.types AS key
  MATCH (t:Term {key: key})
  RETURN collect(t.name) AS types
}
CALL () {
  UNWIND $needs.used AS key
  MATCH (e:Entity {key: key})
  WHERE EXISTS { (e)--() }
  RETURN collect(e.key) AS used
}
CALL () {
  UNWIND $needs.labels AS key
  MATCH (t:Term {key: key})
  RETURN collect(t.name) AS labels
}
RETURN space {.id, .number, .seq, .ordinal, .epoch, .relationships, .entities, .relationshipTypes, .entityTypes,
  .lastCreatedAt, .settings, .createdBy, .deletedAt, .write, .pairs} AS space, records, entities, links, held, types, used, labels
