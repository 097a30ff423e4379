"""A durable memory for an organisation's AI agents: markdown files in a git repository."""
