// purpose: how far a space has come, and which write brought it there
// mode: read
// params: space
// returns: seq, epoch, write (empty: none yet)
// plan: unique seeks of the space and of its latest commit
MATCH (space:Space {id: $space})
WHERE space.deletedAt IS NULL
OPTIONAL MATCH (c:Commit {space: $space, last: space.seq})
RETURN space.seq AS seq, space.epoch AS epoch, coalesce(c.write, '') AS write
