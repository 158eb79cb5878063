"""What was done to servers: requests, and the events under each."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Text

from nova.conductor.db.tables.columns import moment, number, table, uuid, word

instance_actions = table(
    "instance_actions",
    number(),
    word("action"),
    uuid("instance_uuid", nullable=False),
    word("request_id"),
    word("user_id"),
    word("project_id"),
    moment("start_time"),
    moment("finish_time"),
    word("message"),
    Index("instance_actions_instance_uuid_idx", "instance_uuid", "created_at", "id"),
    Index("instance_actions_request_id_idx", "request_id"),
)

instance_actions_events = table(
    "instance_actions_events",
    number(),
    word("event"),
    Column("action_id", Integer, nullable=False),
    moment("start_time"),
    moment("finish_time"),
    word("result"),
    Column("traceback", Text),
    word("host"),
    Column("details", Text),
    Index("instance_actions_events_action_id_idx", "action_id"),
)
