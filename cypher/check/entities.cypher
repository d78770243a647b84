// purpose: a page of entities with all that is stored of them, and how many earlier versions of their declarations are
// mode: read
// params: after, limit
// returns: entities (list of lists)
// plan: range seek of the unique key, in its order; range seeks of the versions
MATCH (e:Entity)
USING INDEX e:Entity(key)
WHERE e.key > $after
WITH e ORDER BY e.key LIMIT $limit
WITH e AS node, properties(e) AS e
RETURN collect([e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
  labels(node), e.frozen,
  CASE WHEN e.frozen IS NOT NULL
    THEN COUNT { MATCH (v:Version) WHERE v.recordKey = e.key + ':entity' AND v.version >= 1 }
    ELSE 0 END, e.name]) AS entities
