"""Measurements, apart from the tests: each module measures one subject and prints one table."""
