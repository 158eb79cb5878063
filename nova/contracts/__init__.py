"""The words daemons share: records that travel, the state table, errors, and what each daemon offers over RPC.

One file per noun. A record's new field has a default, so that daemons a release apart understand each other; a method
is a `cast` or a `call(timeout=...)` and names its errors. `states.py` says when an action may begin, `errors.py` which
status an error has. How to add an RPC method: CONTRIBUTING.rst.
"""
