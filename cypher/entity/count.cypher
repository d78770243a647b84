// purpose: how many entities of a space are references (sas 1.7): those that are live, and deleted ones that are still ends
// mode: read
// params: space
// returns: live, used
// plan: unique seek of the space; range seek of the index of deleted entities, the degree of each
MATCH (space:Space {id: $space})
RETURN space.entities AS live, COUNT {
  MATCH (e:Entity)
  USING INDEX SEEK e:Entity(key, deletedAt)
  WHERE e.key > space.prefix + ':' AND e.key < space.prefix + ';' AND e.deletedAt IS NOT NULL
    AND e.recordedAt IS NOT NULL AND EXISTS { (e)--() }
} AS used
