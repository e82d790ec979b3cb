"""What Alembic runs to reach the database: the connection that `migrate` opened."""

from alembic import context

from server.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
