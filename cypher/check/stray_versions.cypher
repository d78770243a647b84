// purpose: the kept versions in a page that are no earlier version of a record
// mode: read
// params: after, limit
// returns: last (record key of the page; null: no more), strays (count), examples (record key, version)
// plan: range seek of (recordKey, version), in its order; unique seeks of the records
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
  RETURN count(v) AS found, collect([key, v.version])[..10] AS some
}
RETURN max(key) AS last, sum(found) AS strays,
  reduce(all = [], one IN collect(CASE WHEN found > 0 THEN some END) | all + one)[..10] AS examples
