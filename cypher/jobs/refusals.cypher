// purpose: the refused items of a job from one index on
// mode: read
// params: request, start, limit
// returns: index, document
// plan: range seek of the unique (job, index), in its order
MATCH (item:JobOutcome)
WHERE item.job = $request AND item.index >= $start
RETURN item.index AS index, item.document AS document
ORDER BY item.job, item.index
LIMIT $limit
