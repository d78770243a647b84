// purpose: the links of a space that leave a run of its entities, between entities of its own, as pairs of ordinals
// mode: read
// params: want (map: space, after, end, prefix, types or null), look
// returns: base (the ordinal before the first of the space), reached (the last key of the run; null at the end), knots (list of ordinal, list of ordinals of the far ends)
// plan: unique seek of the space; range seek of the unique key in its order, cut after `look`; no sort; expansion by type
MATCH (space:Space {id: $want.space})
CALL () {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $want.after AND e.key < $want.end
  RETURN e ORDER BY e.key LIMIT $look
}
CALL (e) {
  CALL (e) {
    WITH e WHERE $want.types IS NULL
    MATCH (e)-->(b:Entity)
    RETURN b
    UNION ALL
    WITH e WHERE $want.types IS NOT NULL
    MATCH (e)-[:$any($want.types)]->(b:Entity)
    RETURN b
  }
  WITH b
  // What joins two entities of one space is a relationship of that space.
  WHERE b.key STARTS WITH $want.prefix
  RETURN collect(b.n) AS far
}
RETURN max(space.number) * 1099511627776 AS base,
  CASE WHEN count(*) = $look THEN max(e.key) END AS reached,
  collect(CASE WHEN size(far) > 0 THEN [e.n, far] END) AS knots
