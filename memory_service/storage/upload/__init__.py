"""Serving what people fetch: by the git program where there is one, by our own means otherwise."""
