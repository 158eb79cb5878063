"""The words daemons share: records that travel, the state table, errors, and what each daemon offers over RPC."""
