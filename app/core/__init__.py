"""The rules of relationships: no HTTP, no database, standard library only."""
