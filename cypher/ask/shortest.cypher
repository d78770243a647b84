// purpose: the first of the shortest paths between two entities of a space, in the order of the ids of their links
// mode: read
// params: want (map: space, from, to, prefix, types or null, source and target: all, undirected or none), look, limit
// returns: many (how many were looked at), paths (lists of the links: id, type, keys of the ends), ends (entities, lists)
// plan: unique seeks; a search from both ends; its paths are sorted
MATCH (space:Space {id: $want.space})
WITH EXISTS {
    MATCH (t:Term)
    USING INDEX t:Term(kind, name)
    WHERE t.kind = 'guest' AND t.name = space.id
  } OR EXISTS {
    MATCH (t:Term)
    USING INDEX t:Term(key)
    WHERE t.key > $want.prefix + 'guest:' AND t.key < $want.prefix + 'guest;'
  } AS mixed
MATCH (a:Entity {key: $want.from})
MATCH (b:Entity {key: $want.to})
WITH a, b, mixed, $want.types IS NULL AS any, $want.source = 'all' AND $want.target = 'all' AS both
CALL (a, b, mixed, any, both) {
  // At a hub every condition counts: where there is none, none is asked.
  WITH * WHERE any AND both AND NOT mixed
  MATCH path = ALL SHORTEST (a) (()--()){1,12} (b)
  RETURN path
  UNION ALL
  WITH * WHERE mixed OR NOT any OR NOT both
  MATCH path = ALL SHORTEST (a) (
    (f)-[x]-(e:Entity)
    // What joins two entities of one space is a relationship of that space.
    WHERE (NOT mixed OR e.key STARTS WITH $want.prefix)
      AND (any OR type(x) IN $want.types)
      AND (both OR type(x) = 'related'
        OR $want.source = 'all' AND startNode(x) = f OR $want.target = 'all' AND endNode(x) = f)
  ){1,12} (b)
  RETURN path
}
WITH path LIMIT $look
WITH path ORDER BY [x IN relationships(path) | x.id]
WITH collect(path) AS found
WITH size(found) AS many, found[..$limit] AS found
RETURN many,
  [path IN found | [x IN relationships(path) | [x.id, type(x), startNode(x).key, endNode(x).key]]] AS paths,
  COLLECT {
    UNWIND found AS path
    UNWIND nodes(path) AS e
    WITH DISTINCT e
    WITH properties(e) AS e WHERE e.recordedAt IS NOT NULL
    RETURN [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document, true]
  } AS ends
