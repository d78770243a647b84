// purpose: read, as one row of lists, the facts of space/facts but for ends, for many keys and without any lock; the state of the space last
// mode: read
// params: needs (map: space, records, entities, pairs, pairKeys, types, used, labels)
// returns: space (map), records, entities, links, held (lists of lists), types, used, labels (lists of names and keys)
// plan: unique seeks only; a pair is expanded from its end of lower degree
MATCH (space:Space {id: $needs.space})
CALL () {
  UNWIND $needs.records AS key
  MATCH (r:Relationship {key: key})
  WITH properties(r) AS r
  RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
}
CALL () {
  UNWIND $needs.entities AS key
  MATCH (e:Entity {key: key})
  WITH e AS node, properties(e) AS e
  RETURN collect([e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
    CASE WHEN e.deletedAt IS NULL THEN false ELSE EXISTS { (node)--() } END]) AS entities
}
CALL () {
  UNWIND $needs.pairKeys AS key
  MATCH (r:Relationship {pairKey: key})
  WITH key, properties(r) AS r
  RETURN collect([key, r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS held
}
CALL (space) {
  UNWIND $needs.pairs AS pair
  MATCH (a:Entity {key: pair[0]})
  MATCH (b:Entity {key: pair[1]})
  CALL (a, b) {
    // Told that both ends are there, the planner expands into them from the end of lower degree, hub or not.
    WITH * WHERE a IS NOT NULL AND b IS NOT NULL
    MATCH (a)-[e]->(b)
    RETURN e
  }
  MATCH (r:Relationship {key: space.prefix + ':' + e.id})
  WITH pair, r ORDER BY r.createdAt, r.key
  WITH pair, collect(r)[0..2] AS found
  WITH pair, properties(found[0]) AS r, size(found) > 1 AS more
  RETURN collect([pair[0], pair[1], more, r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS links
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
