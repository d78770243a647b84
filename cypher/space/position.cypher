// purpose: how far a space has come
// mode: read
// params: space
// returns: seq, epoch
// plan: unique seek
MATCH (space:Space {id: $space})
WHERE space.deletedAt IS NULL
RETURN space.seq AS seq, space.epoch AS epoch
