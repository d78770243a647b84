// purpose: the migrations that the database has, whole or begun
// mode: read
// params: none
// returns: version, name, checksum, statements (carried out), at (null: not finished)
// plan: scan of a handful of nodes
MATCH (m:Migration)
RETURN m.version AS version, m.name AS name, m.checksum AS checksum, m.statements AS statements, m.at AS at
ORDER BY version
