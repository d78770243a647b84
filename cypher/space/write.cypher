// purpose: write what one transaction of a space decided
// mode: write
// params: plan (map: space, write, state, types, entities, guests, adopted, declared, promoted, redeclared, ends, created, replaced, parted, joined, versions, commits, noticed)
// returns: entities, guests, adopted, declared, promoted, redeclared, created, replaced, parted, joined, noticed (counts)
// plan: unique seeks for what is changed, creations for the rest, none behind an Eager of its rows; edges are parted from the end of lower degree
MATCH (space:Space {id: $plan.space})
SET space += $plan.state
WITH space
CALL () {
  UNWIND $plan.types AS row
  MERGE (t:Term {key: row[0]})
  ON CREATE SET t.kind = row[1], t.name = row[2], t.live = row[3]
  ON MATCH SET t.live = t.live + row[3]
}
CALL () {
  UNWIND $plan.entities AS row
  CREATE (e:Entity:$(row[1]) {key: row[0], n: row[2], domain: row[3], type: row[4], id: row[5], version: row[6],
    recordedAt: row[7], declared: false, document: row[8], name: row[9]})
  RETURN collect(e) AS fresh
}
CALL () {
  UNWIND $plan.guests AS row
  MERGE (e:Entity {key: row[0]})
  ON CREATE SET e:$(row[1]), e.n = row[2], e.domain = row[3], e.type = row[4], e.id = row[5], e.version = row[6],
    e.declared = false, e.document = row[8], e.name = row[9]
  RETURN count(e) AS guests
}
CALL () {
  UNWIND $plan.adopted AS row
  MATCH (e:Entity {key: row[0]})
  SET e.recordedAt = row[1], e.deletedAt = row[2], e.version = row[3], e.document = row[4], e.name = row[5]
  RETURN count(e) AS adopted
}
CALL () {
  UNWIND $plan.declared AS row
  CREATE (e:Entity:$(row[1]) {key: row[0], n: row[2], domain: row[3], type: row[4], id: row[5], version: row[6],
    recordedAt: row[7], deletedAt: row[8], document: row[9], frozen: row[10], declared: row[11], seq: row[12],
    name: row[14]})
  RETURN count(e) AS declared
}
CALL () {
  UNWIND $plan.promoted AS row
  MATCH (e:Entity {key: row[0]})
  WHERE e.frozen IS NULL
  REMOVE e:$(row[13])
  SET e:$(row[1]), e.recordedAt = row[7], e.deletedAt = row[8], e.document = row[9], e.frozen = row[10],
    e.declared = row[11], e.seq = row[12], e.name = row[14]
  RETURN count(e) AS promoted
}
CALL () {
  UNWIND $plan.redeclared AS row
  MERGE (e:Entity {key: row[0], frozen: row[10]})
  SET e.version = row[6], e.recordedAt = row[7], e.deletedAt = row[8], e.document = row[9], e.declared = row[11],
    e.seq = row[12], e.name = row[14]
  RETURN count(e) AS redeclared
}
CALL () {
  UNWIND $plan.ends AS key
  MATCH (e:Entity {key: key})
  RETURN collect(e) AS found
}
WITH *, fresh + found AS ends
// Ordinals are read once an end. Records are created where no node of an end is at hand: beside one, which might be a
// record for all the planner knows, they would wait until all rows are there (Eager).
WITH *, [e IN ends | e.n] AS numbers
CALL (ends) {
  UNWIND $plan.created AS row
  WITH ends[row[0]] AS source, ends[row[1]] AS target, row
  CREATE (source)-[:$(row[2]) {id: row[3]}]->(target)
}
CALL (numbers) {
  UNWIND $plan.created AS row
  CREATE (r:Relationship {key: row[4], n: row[5], s: numbers[row[0]], t: numbers[row[1]], type: row[2], frozen: row[6],
    pairKey: row[7], version: row[11], seq: row[8], createdAt: row[9], document: row[10]})
  RETURN count(r) AS created
}
CALL (numbers) {
  UNWIND $plan.replaced AS row
  MERGE (r:Relationship {key: row[0], frozen: row[1]})
  SET r.s = numbers[row[2]], r.t = numbers[row[3]], r.type = row[4], r.pairKey = row[5], r.version = row[6],
    r.seq = row[7], r.deletedAt = row[8], r.document = row[9]
  RETURN count(r) AS replaced
}
CALL () {
  UNWIND $plan.parted AS row
  MATCH (source:Entity {key: row[0]})
  MATCH (target:Entity {key: row[1]})
  CALL (source, target, row) {
    // Told that both ends are there, and of no type it might count, the planner expands into them from the lesser one.
    WITH * WHERE source IS NOT NULL AND target IS NOT NULL
    MATCH (source)-[e]->(target)
    WHERE e.id = row[3] AND type(e) = row[2]
    RETURN e
  }
  DELETE e
  RETURN count(e) AS parted
}
CALL (ends) {
  UNWIND $plan.joined AS row
  WITH ends[row[0]] AS source, ends[row[1]] AS target, row
  CREATE (source)-[e:$(row[2]) {id: row[3]}]->(target)
  RETURN count(e) AS joined
}
CALL () {
  UNWIND $plan.versions AS row
  CREATE (:Version {recordKey: row[0], version: row[1], seq: row[2], document: row[3]})
}
CALL () {
  UNWIND $plan.noticed AS row
  OPTIONAL MATCH (t:Term {key: row[0]})
  WITH row, t
  WHERE t IS NULL
  CREATE (:Term {key: row[0], kind: row[1], name: row[2], live: 0})
  RETURN count(*) AS noticed
}
CALL () {
  UNWIND $plan.commits AS row
  CREATE (:Commit {space: $plan.space, last: row[0], count: row[1], at: row[2], by: row[3], requestId: row[4],
    transactionId: row[5], write: $plan.write, changes: row[6]})
}
RETURN size(fresh) AS entities, guests, adopted, declared, promoted, redeclared, created, replaced, parted, joined, noticed
