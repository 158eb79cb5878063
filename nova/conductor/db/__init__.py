"""The database: connections, transactions that are tried again, pages, documents in columns, and the tables."""
