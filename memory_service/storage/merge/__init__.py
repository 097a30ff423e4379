"""Merging what people push with what agents wrote meanwhile: three-way, per file and per line."""
