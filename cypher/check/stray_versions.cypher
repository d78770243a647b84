// purpose: the kept versions in a page that are no earlier version of a record or a declaration
// mode: read
// params: after, limit
// returns: last (record key of the page; null: no more), strays (count), examples (record key, version)
// plan: range seek of (recordKey, version), in its order; unique seeks of the records and entities
CALL () {
  MATCH (v:Version)
  USING INDEX v:Version(recordKey, version)
  WHERE v.recordKey > $after AND v.version IS NOT NULL
  RETURN DISTINCT v.recordKey AS key ORDER BY key LIMIT $limit
}
CALL (key) {
  MATCH (v:Version)
  WHERE v.recordKey = key AND v.version IS NOT NULL
    AND NOT EXISTS { MATCH (r:Relationship {key: key}) WHERE v.version >= 1 AND v.version < r.version }
    AND NOT (key ENDS WITH ':entity' AND EXISTS {
      MATCH (e:Entity {key: left(key, size(key) - 7)}) WHERE e.frozen IS NOT NULL AND v.version >= 1
    })
  RETURN count(v) AS found, collect([key, v.version])[..10] AS some
}
RETURN max(key) AS last, sum(found) AS strays,
  reduce(all = [], one IN collect(CASE WHEN found > 0 THEN some END) | all + one)[..10] AS examples
