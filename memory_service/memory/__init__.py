"""The operations on a memory, and keeping the derived stores true to it. Knows neither HTTP nor executions."""
