"""Repositories as plain git bundles (gitformat-bundle), made and taken in without the git program."""
