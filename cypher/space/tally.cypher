// purpose: how many live relationships and declared, live entities a space has of each type
// mode: read
// params: space
// returns: relationships (list of type, count), entities (list of labels, count)
// plan: unique seek; range seeks of terms and of (key, frozen), which holds declared entities only
MATCH (space:Space {id: $space})
RETURN COLLECT {
    MATCH (t:Term)
    USING INDEX t:Term(key)
    WHERE t.key > space.prefix + ':relationship:' AND t.key < space.prefix + ':relationship;' AND t.live > 0
    RETURN [t.name, t.live]
  } AS relationships,
  COLLECT {
    MATCH (e:Entity)
    USING INDEX SEEK e:Entity(key, frozen)
    WHERE e.key > space.prefix + ':' AND e.key < space.prefix + ';' AND e.frozen IS NOT NULL
      AND e.declared AND e.deletedAt IS NULL
    WITH [name IN labels(e) WHERE name <> 'Entity'] AS names, count(*) AS live
    RETURN [names, live]
  } AS entities
