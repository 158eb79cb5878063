"""What the operator tells every guest."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

LOG = logging.getLogger(__name__)


def read(path: str | None) -> dict[str, Any]:
    """The JSON object in the file; {} without a file, or when it cannot be used (the log says why)."""
    if not path:
        return {}
    try:
        content = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        LOG.error("vendordata_jsonfile_path %s cannot be used: %s", path, error)
        return {}
    if not isinstance(content, dict):
        LOG.error("vendordata_jsonfile_path %s does not hold a JSON object", path)
        return {}
    return content
