// purpose: how far a space has come, and which write brought it there
// mode: read
// params: space
// returns: seq, epoch, write (empty: none yet)
// plan: unique seeks of the space and of its latest commit
MATCH (space:Space {id: $space})
WHERE space.deletedAt IS NULL
RETURN space.seq AS seq, space.epoch AS epoch,
  coalesce(COLLECT { MATCH (c:Commit {space: $space, last: space.seq}) RETURN c.write }[0], '') AS write
