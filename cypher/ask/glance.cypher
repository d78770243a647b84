// purpose: those with most links among a run of entities of a space, and those without any
// mode: read
// params: want (map: space, after, end, prefix), look
// returns: reached (the last key of the run; null at the end), hubs (list of links and entity, a list), orphans, lone (the first of them, lists)
// plan: range seek of the unique key in its order, the degree of each from the store; no sort but of the run's hubs
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
CALL () {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $want.after AND e.key < $want.end
  WITH e ORDER BY e.key LIMIT $look
  RETURN collect(e) AS run
}
CALL (run, mixed) {
  UNWIND run AS e
  WITH e, mixed, COUNT { (e)--() } AS all
  WHERE e.recordedAt IS NOT NULL AND (e.deletedAt IS NULL OR all > 0)
  WITH e, CASE
      WHEN mixed AND all > 0 THEN COUNT {
        MATCH (e)-[x]-(b:Entity)
        WHERE b.key STARTS WITH $want.prefix
          OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
      }
      ELSE all
    END AS links
  RETURN collect(CASE WHEN links = 0 THEN e END) AS alone, collect(CASE WHEN links > 0 THEN [links, e.key, e] END) AS linked
}
RETURN CASE WHEN size(run) = $look THEN run[-1].key END AS reached,
  COLLECT {
    UNWIND linked AS one
    WITH one[0] AS links, one[1] AS key, one[2] AS e ORDER BY links DESC, key LIMIT 10
    RETURN [links, [key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
      true]]
  } AS hubs,
  size(alone) AS orphans,
  [e IN alone[..5] | [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt,
    e.document, true]] AS lone
