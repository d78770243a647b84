// purpose: what there is among a run of entities of a space: kinds, those with most links, those without any
// mode: read
// params: want (map: space, after, end, prefix), look
// returns: reached (the last key of the run; null at the end), kinds (list of label or null, type, count), hubs (list of links and key), orphans, lone (keys)
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
CALL (mixed) {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $want.after AND e.key < $want.end
  WITH e, mixed ORDER BY e.key LIMIT $look
  WITH e, COUNT { (e)--() } AS all, mixed
  WITH e, all, CASE
      WHEN mixed AND all > 0 THEN COUNT {
        MATCH (e)-[x]-(b:Entity)
        WHERE b.key STARTS WITH $want.prefix
          OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
      }
      ELSE all
    END AS links
  RETURN collect([e.key, links, [name IN labels(e) WHERE name <> 'Entity'][0], e.type,
    e.recordedAt IS NOT NULL AND (e.deletedAt IS NULL OR all > 0)]) AS seen
}
RETURN CASE WHEN size(seen) = $look THEN seen[-1][0] END AS reached,
  COLLECT {
    UNWIND seen AS one
    WITH one WHERE one[4]
    WITH one[2] AS label, CASE WHEN one[2] IS NULL THEN one[3] END AS type, count(*) AS many
    RETURN [label, type, many]
  } AS kinds,
  COLLECT {
    UNWIND seen AS one
    WITH one WHERE one[4] AND one[1] > 0
    WITH one[1] AS links, one[0] AS key ORDER BY links DESC, key LIMIT 10
    RETURN [links, key]
  } AS hubs,
  size([one IN seen WHERE one[4] AND one[1] = 0]) AS orphans,
  [one IN [one IN seen WHERE one[4] AND one[1] = 0][..5] | one[0]] AS lone
