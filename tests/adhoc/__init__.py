"""Queries of one's own: what they may not do, and what they may take."""
