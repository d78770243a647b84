// purpose: how many records, entities, versions, commits and edges the whole graph holds, and how many spaces were made
// mode: read
// params: none
// returns: records, entities, versions, commits, edges, spaces
// plan: count store, no access to data
CALL () { MATCH (r:Relationship) RETURN count(r) AS records }
CALL () { MATCH (e:Entity) RETURN count(e) AS entities }
CALL () { MATCH (v:Version) RETURN count(v) AS versions }
CALL () { MATCH (c:Commit) RETURN count(c) AS commits }
CALL () { MATCH ()-[x]->() RETURN count(x) AS edges }
RETURN records, entities, versions, commits, edges,
  COLLECT { MATCH (c:Counter {id: 'spaces'}) RETURN c.last }[0] AS spaces
