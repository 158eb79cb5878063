"""What libraries load or start and nothing here uses: without it a daemon's start takes less memory and time."""

from __future__ import annotations

import os
import sys

UNUSED_MODULES = ("rfc3987_syntax",)
"""jsonschema's grammar of IRIs, 15 MiB: no schema here has that format."""


def leave_out() -> None:
    """Make them not to be found. Call before any library is imported."""
    for name in UNUSED_MODULES:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    # Eventlet comes with oslo.messaging everywhere; its own resolver costs 7 MiB and knows less than the system's.
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    # NumPy's linear algebra is not used; its threads would only cost memory. Read when NumPy is first imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
