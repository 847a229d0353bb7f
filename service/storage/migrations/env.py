"""Alembic's entry: always runs on the connection that `service.storage.migrate` hands over."""

from alembic import context

from service.storage.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
