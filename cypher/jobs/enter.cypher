// purpose: lock the queue of a space and the tally of a caller, free the key of an expired job, and read what decides whether a job is accepted
// mode: write
// params: space, principal, key
// returns: space (whether it is there), last (number of the youngest job), mine, all (open items), now (microseconds), known (request, progress)
// plan: unique seeks; the tallies with open items by their index
MERGE (queue:JobQueue {space: $space})
SET queue.locked = true
MERGE (tally:JobTally {principal: $principal})
SET tally.locked = true
WITH queue, tally, datetime.realtime() AS clock
WITH queue, tally, clock.epochSeconds * 1000000 + clock.microsecond AS now
// What is no longer found holds no key either, whether or not it has been purged.
CALL (now) {
  MATCH (expired:Job {key: $key})
  WHERE expired.expiresAt <= now
  SET expired.key = null
}
RETURN EXISTS { MATCH (space:Space {id: $space}) WHERE space.deletedAt IS NULL } AS space,
  coalesce(queue.last, 0) AS last, coalesce(tally.open, 0) AS mine,
  COLLECT { MATCH (other:JobTally) WHERE other.open > 0 RETURN sum(other.open) }[0] AS all,
  now,
  COLLECT { MATCH (known:Job {key: $key}) RETURN [known.request, known.progress] }[0] AS known
