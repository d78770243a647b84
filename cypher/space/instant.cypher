// purpose: when the change of a space with one number was committed
// mode: read
// params: space, seq
// returns: at (microseconds; no row beyond the last change)
// plan: range seek by (space, last), cut at its first
MATCH (c:Commit)
USING INDEX c:Commit(space, last)
WHERE c.space = $space AND c.last >= $seq
WITH c ORDER BY c.space, c.last LIMIT 1
RETURN c.at AS at
