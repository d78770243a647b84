// purpose: a page of the types that spaces use
// mode: read
// params: after, limit
// returns: terms (list of lists)
// plan: range seek of the unique key, in its order
MATCH (t:Term)
USING INDEX t:Term(key)
WHERE t.key > $after
WITH t ORDER BY t.key LIMIT $limit
RETURN collect([t.key, t.kind, t.name, t.live]) AS terms
