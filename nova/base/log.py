"""Logging: one line a thing, with the request it belongs to."""

from __future__ import annotations

from oslo_config import cfg
from oslo_log import log as oslo_log


def setup(conf: cfg.ConfigOpts, program: str) -> None:
    """Send the log where the settings say. Call once, after the settings are loaded."""
    oslo_log.setup(conf, program)
