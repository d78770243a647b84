// purpose: links of a space that are gone over from some of its entities: all of them, of entities with many the first ones of each bunch, and of entities with very many how many there are
// mode: read
// params: want (map: space, keys, each, crowd, ahead, prefix, types or null, source and target: all or undirected), limit, ends
// returns: ahead (keys of those a step further, at most `ahead`, who were looked at as well), links (of those with at most `each`: list of key, id, type, key of the other end, whether it points there), bunches (of those with at most `crowd`: list of key, type, side: out, in or both, count, place of the last link shown, and the first links: id, key of the other end, whether it points there), degrees (of the others: list of key, type, as source, as target, loops), ends (entities of the space, lists: those asked about, and the first of those that they lead to)
// plan: unique seeks of entities, their degrees, expansion; unique seeks of records for bunches, and where an end is another space's
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
WITH collect(a) AS asked
CALL (asked) {
  WITH asked WHERE $want.ahead > 0
  UNWIND asked AS a
  WITH a WHERE COUNT { (a)--() } <= $want.each
  MATCH (a)-[x]-(b:Entity)
  WHERE ($want.types IS NULL OR type(x) IN $want.types) AND b.key STARTS WITH $want.prefix
    AND (type(x) = 'related' OR CASE WHEN startNode(x) = a THEN $want.source ELSE $want.target END = 'all')
  WITH DISTINCT b
  WHERE NOT b IN asked
  RETURN collect(b) AS next
}
WITH asked, CASE WHEN size(next) > $want.ahead THEN [] ELSE next END AS next
CALL (asked, next) {
  UNWIND asked + next AS a
  WITH a, COUNT { (a)--() } AS degree
  RETURN collect(CASE WHEN degree <= $want.each THEN a END) AS leaves,
    collect(CASE WHEN $want.each < degree <= $want.crowd THEN a END) AS crowds,
    collect(CASE WHEN degree > $want.crowd THEN a END) AS hubs
}
CALL (leaves) {
  UNWIND leaves AS a
  WITH a, a.key AS near
  CALL (a) {
    WITH a WHERE $want.source = 'all'
    MATCH (a)-[x]->(b:Entity)
    RETURN x, b, true AS out
    UNION ALL
    WITH a WHERE $want.target = 'all'
    MATCH (a)<-[x]-(b:Entity)
    RETURN x, b, false AS out
    UNION ALL
    WITH a WHERE $want.source = 'undirected'
    MATCH (a)-[x:related]->(b:Entity)
    RETURN x, b, true AS out
    UNION ALL
    WITH a WHERE $want.target = 'undirected'
    MATCH (a)<-[x:related]-(b:Entity)
    RETURN x, b, false AS out
  }
  WITH near, x, b, out, b.key AS far
  WHERE ($want.types IS NULL OR type(x) IN $want.types)
    // What joins two entities of one space is a relationship of that space: others have an end at home.
    AND (far STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL })
  WITH near, x.id AS id, type(x) AS type, far, out, b LIMIT $limit
  RETURN collect([near, id, type, far, out]) AS links, collect(DISTINCT b) AS met
}
CALL (crowds) {
  UNWIND crowds AS a
  CALL (a) {
    WITH a
    MATCH (a)-[x]->(b:Entity)
    WHERE $want.source = 'all' OR type(x) = 'related'
    RETURN x, b, CASE type(x) WHEN 'related' THEN 'both' ELSE 'out' END AS side
    UNION ALL
    WITH a
    MATCH (a)<-[x]-(b:Entity)
    WHERE type(x) <> 'related' AND $want.target = 'all' OR type(x) = 'related' AND a <> b
    RETURN x, b, CASE type(x) WHEN 'related' THEN 'both' ELSE 'in' END AS side
  }
  WITH a, x, b, type(x) AS type, side
  WHERE $want.types IS NULL OR type IN $want.types
  MATCH (r:Relationship {key: $want.prefix + x.id})
  WHERE r.deletedAt IS NULL
  WITH a, x, b, type, side, r.n AS n ORDER BY n
  WITH a, type, side, collect([x, b, n]) AS found
  WITH a, type, side, size(found) AS many, found[..$want.each] AS shown
  WITH [a.key, type, side, many, shown[-1][2],
      [s IN shown | [s[0].id, s[1].key, startNode(s[0]) = a]]] AS bunch, [s IN shown | s[1]] AS some
  RETURN collect(bunch) AS bunches, collect(some) AS crowd
}
CALL (hubs) {
  WITH hubs WHERE size(hubs) > 0
  MATCH (space:Space {id: $want.space})
  WITH hubs, EXISTS {
      MATCH (t:Term)
      USING INDEX t:Term(kind, name)
      WHERE t.kind = 'guest' AND t.name = space.id
    } OR EXISTS {
      MATCH (t:Term)
      USING INDEX t:Term(key)
      WHERE t.key > $want.prefix + 'guest:' AND t.key < $want.prefix + 'guest;'
    } AS mixed
  UNWIND hubs AS a
  CALL (a, mixed) {
    WITH a, mixed WHERE NOT mixed
    MATCH (a)-[x]->(b)
    RETURN type(x) AS type, count(*) AS out, 0 AS in, sum(CASE WHEN a = b THEN 1 ELSE 0 END) AS loops
    UNION ALL
    WITH a, mixed WHERE NOT mixed
    MATCH (a)<-[x]-()
    RETURN type(x) AS type, 0 AS out, count(*) AS in, 0 AS loops
    UNION ALL
    WITH a, mixed WHERE mixed
    MATCH (a)-[x]->(b:Entity)
    WHERE b.key STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
    RETURN type(x) AS type, count(*) AS out, 0 AS in, sum(CASE WHEN a = b THEN 1 ELSE 0 END) AS loops
    UNION ALL
    WITH a, mixed WHERE mixed
    MATCH (a)<-[x]-(b:Entity)
    WHERE b.key STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
    RETURN type(x) AS type, 0 AS out, count(*) AS in, 0 AS loops
  }
  WITH a.key AS key, type, sum(out) AS out, sum(in) AS in, sum(loops) AS loops
  RETURN collect([key, type, out, in, loops]) AS degrees
}
WITH asked, next, links, bunches, degrees, [asked, met] + crowd AS ends
RETURN [a IN next | a.key] AS ahead, links, bunches, degrees, COLLECT {
    UNWIND ends AS some
    UNWIND some AS e
    WITH DISTINCT e LIMIT $ends
    WITH e AS node, properties(e) AS e
    WHERE e.recordedAt IS NOT NULL AND e.key STARTS WITH $want.prefix AND (e.deletedAt IS NULL OR EXISTS { (node)--() })
    RETURN [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document, true]
  } AS ends
