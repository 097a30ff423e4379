"""What alembic runs to migrate: on the connection that it is given, inside that connection's transaction."""

from alembic import context

from memory_service.database.tables import metadata

# render_as_batch: SQLite cannot alter most of a table; alembic copies it instead.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
