"""Tables and queries, and nothing decided by them. The only room that knows SQL."""
