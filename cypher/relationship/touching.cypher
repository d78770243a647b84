// purpose: ids of the live relationships of a space at some entities, in their order, after one of them
// mode: read
// params: needs (map: keys, forward, backward, prefix, after), limit
// returns: ids (list)
// plan: unique seeks of entities, expansion by type and direction, unique seeks of records, top of a sort
UNWIND $needs.keys AS key
MATCH (a:Entity {key: key})
CALL (a) {
  WITH a WHERE $needs.forward
  MATCH (a)-[x]->()
  RETURN x.id AS id
  UNION ALL
  WITH a WHERE $needs.backward
  MATCH (a)<-[x]-()
  RETURN x.id AS id
  UNION ALL
  WITH a WHERE NOT $needs.forward
  MATCH (a)-[x:related]->()
  RETURN x.id AS id
  UNION ALL
  WITH a WHERE NOT $needs.backward
  MATCH (a)<-[x:related]-()
  RETURN x.id AS id
}
WITH DISTINCT id
WHERE id > $needs.after AND EXISTS { MATCH (r:Relationship {key: $needs.prefix + id}) }
WITH id ORDER BY id LIMIT $limit
RETURN collect(id) AS ids
