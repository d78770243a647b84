// purpose: the first of the shortest paths between two entities of a space, in the order of the ids of their links
// mode: read
// params: want (map: from, to, prefix, types or null, source and target: all, undirected or none), look, limit
// returns: many (how many were looked at), paths (lists of the links: id, type, keys of the ends), ends (entities, lists)
// plan: unique seeks; a search from both ends, over entities of the space and links that are wanted; its paths are sorted
MATCH (a:Entity {key: $want.from})
MATCH (b:Entity {key: $want.to})
MATCH path = ALL SHORTEST (a) (
  (f)-[x]-(e:Entity)
  // What joins two entities of one space is a relationship of that space.
  WHERE e.key STARTS WITH $want.prefix
    AND ($want.types IS NULL OR type(x) IN $want.types)
    AND ($want.source = 'all' AND startNode(x) = f OR $want.target = 'all' AND endNode(x) = f OR type(x) = 'related')
){1,12} (b)
WITH path LIMIT $look
WITH path ORDER BY [x IN relationships(path) | x.id]
WITH collect(path) AS found
WITH size(found) AS many, found[..$limit] AS found
RETURN many,
  [path IN found | [x IN relationships(path) | [x.id, type(x), startNode(x).key, endNode(x).key]]] AS paths,
  COLLECT {
    UNWIND found AS path
    UNWIND nodes(path) AS e
    WITH DISTINCT e WHERE e.recordedAt IS NOT NULL
    RETURN [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document, true]
  } AS ends
