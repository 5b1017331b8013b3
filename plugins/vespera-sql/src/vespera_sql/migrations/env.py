"""Alembic's entry: runs the migrations on the connection that `vespera_sql.migrate` hands over."""

from __future__ import annotations

from alembic import context

from vespera_sql.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
