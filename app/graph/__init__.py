"""The store on Neo4j: connection, statements, the writer of each space, migrations and the check of the data."""
