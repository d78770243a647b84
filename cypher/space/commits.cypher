// purpose: the commits that hold the changes of a space with numbers in a range
// mode: read
// params: space, after, until
// returns: commits (list of at, by, request, transaction, packed changes)
// plan: range seek by (space, last) in its order; numbers have no gaps, so it is cut at the first commit beyond
MATCH (c:Commit)
USING INDEX c:Commit(space, last)
WHERE c.space = $space AND c.last > $after
WITH c ORDER BY c.space, c.last LIMIT $until - $after
WITH c WHERE c.last - c.count < $until
WITH properties(c) AS c
RETURN collect([c.at, c.by, c.requestId, c.transactionId, c.changes]) AS commits
