"""What is found in a memory: schema, analysis, index, scoring, snippets. Whoosh is spoken here and nowhere else."""

from memory_service.search.indexes import SearchIndexes
from memory_service.search.sections import title_of

__all__ = ["SearchIndexes", "title_of"]
