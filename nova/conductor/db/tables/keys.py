"""Key pairs of users."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from nova.conductor.db.tables.columns import document, number, table, word

key_pairs = table(
    "key_pairs",
    number(),
    word("user_id", nullable=False),
    word("name", nullable=False),
    word("type", 16, nullable=False),
    word("fingerprint"),
    document("public_key", nullable=False),
    UniqueConstraint("user_id", "name", name="uniq_key_pairs0user_id0name"),
)
