// purpose: spaces with work that nobody owns, the one that waited longest first
// mode: read
// params: limit
// returns: space
// plan: seek of waiting
WITH datetime.realtime() AS clock
WITH clock.epochSeconds * 1000000 + clock.microsecond AS now
MATCH (queue:JobQueue {waiting: true})
WHERE queue.until IS NULL OR queue.until <= now
RETURN queue.space AS space
ORDER BY coalesce(queue.servedAt, 0)
LIMIT $limit
