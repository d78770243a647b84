// purpose: queries that somebody keeps or others share, behind a place, in the order of owners and names
// mode: read
// params: reader, owner, title, limit
// returns: owner, name, text, description, parameters (JSON), shared, version, createdAt, modifiedAt
// plan: scan of the queries, which are few; sorted
MATCH (q:SavedQuery)
WHERE (q.owner = $reader OR q.shared) AND (q.owner > $owner OR q.owner = $owner AND q.name > $title)
WITH q ORDER BY q.owner, q.name LIMIT $limit
RETURN q.owner AS owner, q.name AS name, q.text AS text, q.description AS description, q.parameters AS parameters,
  q.shared AS shared, q.version AS version, q.createdAt AS createdAt, q.modifiedAt AS modifiedAt
ORDER BY owner, name
