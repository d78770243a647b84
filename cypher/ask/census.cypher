// purpose: how many entities there are of each kind among a run of those of a space
// mode: read
// params: want (map: after, end), look
// returns: reached (the last key of the run; null at the end), kinds (list of labels, type, count)
// plan: range seek of the unique key in its order; no sort
MATCH (e:Entity)
USING INDEX e:Entity(key)
WHERE e.key > $want.after AND e.key < $want.end
WITH e ORDER BY e.key LIMIT $look
WITH collect(e) AS run
CALL (run) {
  UNWIND run AS e
  WITH e WHERE e.recordedAt IS NOT NULL AND (e.deletedAt IS NULL OR EXISTS { (e)--() })
  WITH labels(e) AS labels, e.type AS type, count(*) AS many
  RETURN collect([labels, type, many]) AS kinds
}
RETURN CASE WHEN size(run) = $look THEN run[-1].key END AS reached, kinds
