// purpose: the edges out of a page of entities that no live record of any space stands behind
// mode: read
// params: after, limit, prefixes
// returns: last (key of the page; null: no more), strays (count), examples (id, type, key of the source)
// plan: range seek of the unique key, in its order; expansion; unique seeks of the records
CALL () {
  MATCH (e:Entity)
  USING INDEX e:Entity(key)
  WHERE e.key > $after
  RETURN e ORDER BY e.key LIMIT $limit
}
CALL (e) {
  MATCH (e)-[x]->(target)
  WHERE NOT EXISTS {
      MATCH (r:Relationship {key: split(e.key, ':')[0] + ':' + x.id})
      WHERE r.deletedAt IS NULL AND r.type = type(x) AND r.s = e.n AND r.t = target.n
    }
    AND NOT EXISTS {
      UNWIND $prefixes AS prefix
      MATCH (r:Relationship {key: prefix + ':' + x.id})
      WHERE r.deletedAt IS NULL AND r.type = type(x) AND r.s = e.n AND r.t = target.n
    }
  RETURN count(x) AS found, collect([x.id, type(x), e.key])[..10] AS some
}
RETURN max(e.key) AS last, sum(found) AS strays,
  reduce(all = [], one IN collect(CASE WHEN found > 0 THEN some END) | all + one)[..10] AS examples
