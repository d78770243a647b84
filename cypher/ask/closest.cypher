// purpose: whom the links of some entities of a space lead to, the first of them in the order of refs, each over one link
// mode: read
// params: want (map: keys, prefix, types or null, source and target: all or undirected), look, limit
// returns: found (list of key, and of the link from the smallest key with the smallest id: key it comes from, id, type, whether it points there), looked (how many links they have, at most `look`)
// plan: unique seeks of entities, expansion, cut after `look`; expansion of the first ones met; unique seeks of records where an end is another space's; no sort but the first
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
WITH collect(a) AS asked
CALL (asked) {
  UNWIND asked AS a
  MATCH (a)-[x]-(b:Entity)
  WHERE ($want.types IS NULL OR type(x) IN $want.types)
    AND (type(x) = 'related' OR $want.source = 'all' AND startNode(x) = a OR $want.target = 'all' AND endNode(x) = a)
  WITH x, b, b.key AS far LIMIT $look
  // What joins two entities of one space is a relationship of that space: others have an end at home.
  WHERE far STARTS WITH $want.prefix
    OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
  WITH DISTINCT b, CASE WHEN far STARTS WITH $want.prefix THEN substring(far, size($want.prefix)) ELSE split(far, ':')[1] END AS ref
  ORDER BY ref LIMIT $limit
  MATCH (b)-[x]-(a:Entity)
  WHERE ($want.types IS NULL OR type(x) IN $want.types)
    AND (type(x) = 'related' OR $want.source = 'all' AND startNode(x) = a OR $want.target = 'all' AND endNode(x) = a)
  WITH b, b.key AS far, x, a.key AS near
  WHERE near IN $want.keys
    AND (far STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL })
  WITH b, far, min([near, x.id, type(x), endNode(x) = b]) AS way
  RETURN collect([far, way]) AS found
}
RETURN found, COUNT {
    UNWIND asked AS a
    MATCH (a)-[x]-()
    WHERE ($want.types IS NULL OR type(x) IN $want.types)
      AND (type(x) = 'related' OR $want.source = 'all' AND startNode(x) = a OR $want.target = 'all' AND endNode(x) = a)
    WITH x LIMIT $look
    RETURN x
  } AS looked
