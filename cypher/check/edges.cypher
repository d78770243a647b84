// purpose: for some records (keys of both ends, type, id): the ordinals of the ends, and how many edges between them are theirs
// mode: read
// params: rows
// returns: edges (list of lists)
// plan: unique seeks; an edge is expanded from its end of lower degree
UNWIND $rows AS row
OPTIONAL MATCH (source:Entity {key: row[0]})
OPTIONAL MATCH (target:Entity {key: row[1]})
CALL (row, source, target) {
  // The condition makes both ends arguments: without it the planner may scan every edge while the graph is small.
  WITH * WHERE source IS NOT NULL AND target IS NOT NULL
  MATCH (source)-[x]->(target)
  WHERE x.id = row[3] AND type(x) = row[2]
  RETURN count(x) AS found
}
RETURN collect([source.n, target.n, found]) AS edges
