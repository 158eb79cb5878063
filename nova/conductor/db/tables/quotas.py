"""Limits of projects, users and classes. What is used is counted, never stored."""

from __future__ import annotations

from sqlalchemy import Column, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import number, table, word

quotas = table(
    "quotas",
    number(),
    word("project_id", nullable=False),
    word("resource", nullable=False),
    Column("hard_limit", Integer, nullable=False),
    UniqueConstraint("project_id", "resource", name="uniq_quotas0project_id0resource"),
)

project_user_quotas = table(
    "project_user_quotas",
    number(),
    word("project_id", nullable=False),
    word("user_id", nullable=False),
    word("resource", nullable=False),
    Column("hard_limit", Integer, nullable=False),
    UniqueConstraint("project_id", "user_id", "resource", name="uniq_project_user_quotas0project_id0user_id0resource"),
)

quota_classes = table(
    "quota_classes",
    number(),
    word("class_name", nullable=False),
    word("resource", nullable=False),
    Column("hard_limit", Integer, nullable=False),
    UniqueConstraint("class_name", "resource", name="uniq_quota_classes0class_name0resource"),
)

# One row a project (or user, for what is counted by user): who creates locks it, counts and inserts.
project_locks = table(
    "project_locks",
    word("project_id", primary_key=True),
)
