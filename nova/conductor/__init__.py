"""The records, and operations as steps. Only this room knows the database, and only `db/` opens it.

An endpoint (`flavors.py`, `servers/endpoint.py`, ...) keeps one contract: each method is one transaction or one read.
`tasks/` has the long operations, `db/tables/` the tables. `daemon.py` lists the endpoints, `settings.py` the options.
Checklists for a column, an operation, an RPC method and a setting are in CONTRIBUTING.rst.
"""
