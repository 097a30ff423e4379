"""Keys: made, hashed, verified, turned into a principal."""
