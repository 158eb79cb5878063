"""The database's schema, step by step (Alembic). Run by `nova-manage db sync`."""
