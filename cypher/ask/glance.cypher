// purpose: those with most links among a run of entities of a space, and those without any
// mode: read
// params: want (map: space, after, end, prefix), look
// returns: reached (the last key of the run; null at the end), hubs (list of links and entity, a list), orphans, lone (the first of them, lists)
// plan: range seeks of the unique key in its order, the degree of each from the store; no sort but of the run's hubs
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
  WITH e ORDER BY e.key SKIP $look - 1 LIMIT 1
  RETURN collect(e.key)[0] AS reached
}
CALL (mixed) {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $want.after AND e.key < $want.end
  WITH e, mixed ORDER BY e.key LIMIT $look
  WITH e, mixed, COUNT { (e)--() } AS all
  WHERE all > 0
  // Who has a link of the space is in use, so it is there.
  WITH e, CASE
      WHEN mixed THEN COUNT {
        MATCH (e)-[x]-(b:Entity)
        WHERE b.key STARTS WITH $want.prefix
          OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
      }
      ELSE all
    END AS links
  WHERE links > 0
  WITH e, links ORDER BY links DESC, e.key LIMIT 10
  WITH properties(e) AS e, links
  RETURN collect([links, [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt,
    e.document, true]]) AS hubs
}
CALL (mixed) {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $want.after AND e.key < $want.end
  WITH e, mixed ORDER BY e.key LIMIT $look
  WITH e, mixed, COUNT { (e)--() } AS all
  WITH e, all, CASE
      WHEN mixed AND all > 0 THEN COUNT {
        MATCH (e)-[x]-(b:Entity)
        WHERE b.key STARTS WITH $want.prefix
          OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
      }
      ELSE all
    END AS links
  WHERE links = 0
  WITH e, all WHERE e.recordedAt IS NOT NULL AND (e.deletedAt IS NULL OR all > 0)
  RETURN collect(e) AS alone
}
RETURN reached, hubs, size(alone) AS orphans,
  [e IN [e IN alone[..5] | properties(e)] | [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared,
    e.recordedAt, e.deletedAt, e.document, true]] AS lone
