// purpose: those of a run of entities of a space, in the order of their keys, that may be wanted
// mode: read
// params: want (map: after, end; id, domain, type, kind and its label: null or what it must be; words), look, limit
// returns: reached (the last key of the run; null at the end), entities (list of lists)
// plan: range seek of the unique key in its order, cut after `look`; no sort
MATCH (e:Entity)
USING INDEX e:Entity(key)
WHERE e.key > $want.after AND e.key < $want.end
WITH e ORDER BY e.key LIMIT $look
WITH collect(e) AS seen
RETURN CASE WHEN size(seen) = $look THEN seen[-1].key END AS reached,
  [e IN [e IN [e IN seen
    WHERE e.recordedAt IS NOT NULL
      AND ($want.domain IS NULL OR e.domain = $want.domain)
      AND ($want.type IS NULL OR e.type = $want.type)
      AND ($want.id IS NULL OR e.id = $want.id)
      AND ($want.kind IS NULL OR e.type = $want.kind OR $want.label IN labels(e))
      AND all(word IN $want.words WHERE toLower(e.id) CONTAINS word OR toLower(e.document) CONTAINS word
        OR toLower(e.type) CONTAINS word)
      AND (e.deletedAt IS NULL OR EXISTS { (e)--() })
    ][..$limit] | properties(e)] | [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt,
      e.deletedAt, e.document, true]] AS entities
