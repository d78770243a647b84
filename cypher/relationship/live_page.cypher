// purpose: live records of a space in the order of their ids, after one of them
// mode: read
// params: needs (map: after, end, clauses), limit
// returns: records (list of lists)
// plan: range seek of the unique key in its order, no sort
MATCH (r:Relationship)
USING INDEX r:Relationship(key)
WHERE r.key > $needs.after AND r.key < $needs.end AND r.deletedAt IS NULL
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
WITH r ORDER BY r.key LIMIT $limit
WITH properties(r) AS r
RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
