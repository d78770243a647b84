// purpose: the query that somebody keeps under a name
// mode: read
// params: owner, title
// returns: owner, name, text, description, parameters (JSON), shared, version, createdAt, modifiedAt
// plan: unique seek
MATCH (q:SavedQuery {owner: $owner, name: $title})
RETURN q.owner AS owner, q.name AS name, q.text AS text, q.description AS description, q.parameters AS parameters,
  q.shared AS shared, q.version AS version, q.createdAt AS createdAt, q.modifiedAt AS modifiedAt
