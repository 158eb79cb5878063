"""Console tokens: only their hashes."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import moment, number, table, uuid, word

console_auth_tokens = table(
    "console_auth_tokens",
    number(),
    word("token_hash", nullable=False),
    word("console_type", nullable=False),
    word("host", nullable=False),  # where the screen is served: an address
    word("instance_host"),  # the server's host when the token was made
    Column("port", Integer, nullable=False),
    word("internal_access_path"),
    word("access_url_base"),
    uuid("instance_uuid", nullable=False),
    moment("expires", nullable=False),
    Column("consumed", Boolean, nullable=False, default=False),
    UniqueConstraint("token_hash", name="uniq_console_auth_tokens0token_hash"),
    Index("console_auth_tokens_instance_uuid_idx", "instance_uuid"),
    Index("console_auth_tokens_expires_idx", "expires"),
)
