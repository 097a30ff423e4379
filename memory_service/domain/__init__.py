"""Values and errors that every room speaks of. Knows the standard library only."""
