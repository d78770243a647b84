// purpose: entities of a space that have some words, or one of some keys
// mode: read
// params: want (map: query, keys, after, end), look, limit
// returns: entities (list of lists)
// plan: a query of the index of words, which follows writes, for the best `look` in all spaces; unique seeks
CALL {
  WITH $want.query AS query WHERE query <> ''
  CALL db.index.fulltext.queryNodes('entity_words', query, {limit: $look}) YIELD node
  WITH node AS e
  WHERE e.key > $want.after AND e.key < $want.end
  RETURN e LIMIT $limit
  UNION
  UNWIND $want.keys AS key
  MATCH (e:Entity {key: key})
  RETURN e
}
WITH e AS node, properties(e) AS e
WHERE e.recordedAt IS NOT NULL AND (e.deletedAt IS NULL OR EXISTS { (node)--() })
RETURN collect([e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
  true]) AS entities
