// purpose: the write that made the change of one number
// mode: read
// params: space, seq
// returns: write (no row: none)
// plan: first entry of a range seek of the unique (space, last), in its order
MATCH (c:Commit)
USING INDEX c:Commit(space, last)
WHERE c.space = $space AND c.last >= $seq
RETURN c.write AS write
ORDER BY c.space, c.last LIMIT 1
