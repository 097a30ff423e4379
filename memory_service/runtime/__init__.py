"""Capabilities, sessions, executions and their events. Knows no capability in particular."""
