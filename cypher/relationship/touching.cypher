// purpose: outlines of the live relationships of a space at some entities, in the order of their ids, after one of them
// mode: read
// params: needs (map: space, keys, source and target: all, undirected or none, after, clauses), limit
// returns: outlines (list of lists)
// plan: unique seeks of space and entities, a range seek by (s, n) and one by (t, n) for each, top of a sort of keys
MATCH (space:Space {id: $needs.space})
WITH space.number * 1099511627776 AS first
UNWIND $needs.keys AS key
MATCH (e:Entity {key: key})
CALL (e, first) {
  WITH e, first WHERE $needs.source <> 'none'
  MATCH (r:Relationship)
  USING INDEX r:Relationship(s, n)
  WHERE r.s = e.n AND r.n > first AND r.n < first + 1099511627776 AND r.deletedAt IS NULL
    AND ($needs.source = 'all' OR r.type = 'related')
  RETURN r
  UNION ALL
  WITH e, first WHERE $needs.target <> 'none'
  MATCH (r:Relationship)
  USING INDEX r:Relationship(t, n)
  WHERE r.t = e.n AND r.n > first AND r.n < first + 1099511627776 AND r.deletedAt IS NULL
    AND ($needs.target = 'all' OR r.type = 'related')
  RETURN r
}
WITH DISTINCT r
WHERE r.key > $needs.after
  AND all(clause IN $needs.clauses WHERE any(sign IN clause WHERE
    CASE sign.trait
      WHEN 'type' THEN r.type IN sign.values
      WHEN 'id' THEN r.key IN sign.values
      WHEN 'created' THEN r.createdAt >= sign.values[0] AND r.createdAt <= sign.values[1]
      WHEN 'replaced' THEN r.version > 1
      WHEN 'text' THEN any(word IN sign.values WHERE r.document CONTAINS word)
      WHEN 'foreign' THEN none(part IN [split(r.document, '"')] WHERE part[3] = 'sas' AND part[5] = 'resource'
        AND part[8] ENDS WITH '],[' AND part[9] = 'sas' AND part[10] = ',' AND part[11] = 'resource')
    END = sign.holds))
WITH r, r.key AS key ORDER BY key LIMIT $limit
RETURN collect([right(key, 36), r.type, r.createdAt]) AS outlines
