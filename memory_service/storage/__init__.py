"""Repositories on disk: snapshots, edits published as commits, history. The only room that knows dulwich."""
