"""The search index: sections of markdown files, scored, with snippets. The only room that knows whoosh."""
