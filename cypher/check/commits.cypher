// purpose: the next commits of a space
// mode: read
// params: space, after, limit
// returns: commits (list of lists)
// plan: range seek of the unique (space, last), in its order
MATCH (c:Commit)
USING INDEX c:Commit(space, last)
WHERE c.space = $space AND c.last > $after
WITH c ORDER BY c.space, c.last LIMIT $limit
RETURN collect([c.last, c.count, c.at, c.changes]) AS commits
