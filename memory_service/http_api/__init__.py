"""The wire contract in JSON and server-sent events: translates, maps errors, decides nothing."""
