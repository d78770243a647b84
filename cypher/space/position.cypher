// purpose: how far a space has come, and which write brought it there
// mode: read
// params: space
// returns: seq, epoch, write (empty: none yet)
// plan: unique seeks of the space and of its latest commit
MATCH (space:Space {id: $space})
WHERE space.deletedAt IS NULL
// Read once: a writer may move it between two looks.
WITH space.seq AS seq, space.epoch AS epoch
OPTIONAL MATCH (c:Commit {space: $space, last: seq})
RETURN seq, epoch, coalesce(c.write, '') AS write
