// purpose: those of a run of entities that were ever declared, in the order of their keys, which are live and may be wanted
// mode: read
// params: want (map: after, end, label or null, words or null), look, limit
// returns: reached (the last key of the run; null at the end), entities (list of lists)
// plan: range seek of (key, frozen) in its order, cut after `look`; no sort
MATCH (e:Entity)
USING INDEX SEEK e:Entity(key, frozen)
WHERE e.key > $want.after AND e.key < $want.end AND e.frozen IS NOT NULL
WITH e ORDER BY e.key LIMIT $look
WITH collect(e) AS seen
RETURN CASE WHEN size(seen) = $look THEN seen[-1].key END AS reached,
  [e IN [e IN [e IN seen
    WHERE e.declared AND e.deletedAt IS NULL
      AND ($want.label IS NULL OR $want.label IN labels(e))
      AND ($want.words IS NULL OR any(word IN $want.words WHERE e.document CONTAINS word))
    ][..$limit] | properties(e)] | [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt,
      e.deletedAt, e.document, false]] AS entities
