// purpose: how large a space is, and how many live relationships it has of each type, as its writer counted
// mode: read
// params: want (map: space, prefix)
// returns: extent (entities, relationships, number of the last change), types (list of type, count)
// plan: unique seek; range seek of terms
MATCH (space:Space {id: $want.space})
WHERE space.deletedAt IS NULL
RETURN [space.entities, space.relationships, space.seq] AS extent, COLLECT {
    MATCH (t:Term)
    USING INDEX t:Term(key)
    WHERE t.key > $want.prefix + 'relationship:' AND t.key < $want.prefix + 'relationship;' AND t.live > 0
    RETURN [t.name, t.live]
  } AS types
