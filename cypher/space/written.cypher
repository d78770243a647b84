// purpose: whether a commit whose answer was lost took place; waits until it can't be under way any more
// mode: write
// params: space, last, write
// returns: written
// plan: unique seeks
MERGE (counter:Counter {id: 'spaces'})
SET counter.locked = true
WITH counter
CALL () {
  MATCH (space:Space {id: $space})
  SET space.locked = true
}
RETURN EXISTS { MATCH (c:Commit {space: $space, last: $last}) WHERE c.write = $write } AS written
