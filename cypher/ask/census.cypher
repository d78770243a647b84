// purpose: how many entities there are of each kind among a run of those of a space
// mode: read
// params: want (map: space, after, end), look
// returns: reached (the last key of the run; null at the end), kinds (list of labels, type, null where a label says it, and count)
// plan: range seeks of the unique key in its order, the degree of each from the store; no sort
MATCH (space:Space {id: $want.space})
WITH EXISTS {
    MATCH (t:Term)
    USING INDEX t:Term(kind, name)
    WHERE t.kind = 'guest' AND t.name = space.id
  } AS named
CALL () {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $want.after AND e.key < $want.end
  WITH e ORDER BY e.key SKIP $look - 1 LIMIT 1
  RETURN collect(e.key)[0] AS reached
}
CALL (named) {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $want.after AND e.key < $want.end
  WITH e, named ORDER BY e.key LIMIT $look
  // Who has a link is in use, so it is there, unless only other spaces have named it.
  WITH e, named, labels(e) AS labels
  WHERE (NOT named AND EXISTS { (e)--() })
    OR (e.recordedAt IS NOT NULL AND (e.deletedAt IS NULL OR EXISTS { (e)--() }))
  WITH labels, CASE WHEN size(labels) = 1 THEN e.type END AS type, count(*) AS many
  RETURN collect([labels, type, many]) AS kinds
}
RETURN reached, kinds
