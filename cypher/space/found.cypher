// purpose: create a space under the next space number, with its first grants
// mode: write
// params: space, uuid, prefix, epoch, at, founder, grants
// returns: number
// plan: unique seek of the one counter, creations
MERGE (counter:Counter {id: 'spaces'})
SET counter.last = coalesce(counter.last, 0) + 1
CREATE (space:Space {id: $space, uuid: $uuid, prefix: $prefix, number: counter.last, seq: 0, ordinal: 0, epoch: $epoch,
  relationships: 0, entities: 0, relationshipTypes: 0, entityTypes: 0, lastCreatedAt: 0, settings: '{}',
  createdAt: $at, createdBy: $founder})
WITH space
CALL () {
  UNWIND $grants AS row
  CREATE (:Grant {space: $space, principal: row[0], right: row[1]})
}
RETURN space.number AS number
