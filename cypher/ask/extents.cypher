// purpose: how large some spaces are, as their writers counted, and the number of their last change
// mode: read
// params: want (map: spaces)
// returns: extents (list of id, entities, relationships, seq)
// plan: unique seeks
UNWIND $want.spaces AS id
MATCH (space:Space {id: id})
WHERE space.deletedAt IS NULL
RETURN collect([space.id, space.entities, space.relationships, space.seq]) AS extents
