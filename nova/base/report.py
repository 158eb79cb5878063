"""The status report that SIGUSR2 asks for: threads, settings and versions, and counters that other rooms declare."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

from oslo_config import cfg

from nova.base import settings

Read = Callable[[], Mapping[str, int]]

_counters: dict[str, Read] = {}


def counters(title: str, read: Read) -> None:
    """Show these numbers, counted since the process started, as one line of JSON below the title."""
    _counters[title] = read


def write(conf: cfg.ConfigOpts, program: str) -> None:
    """Write the report into the folder [oslo_reports] names, or else to standard error; its libraries load only now."""
    from oslo_reports import guru_meditation_report
    from oslo_reports import opts as report_options

    class Version:
        """What the report prints of the program."""

        def vendor_string(self) -> str:
            """The maker."""
            return "nova"

        def product_string(self) -> str:
            """The program."""
            return program

        def version_string_with_package(self) -> str:
            """The release."""
            return settings.release()

    report_options.set_defaults(conf)
    form = guru_meditation_report.TextGuruMeditation
    form.persistent_sections = []
    for title, read in _counters.items():
        form.register_section(title, partial(_line, read))
    form.handle_signal(Version(), program, conf.oslo_reports.log_dir, None)


def _line(read: Read) -> str:
    return json.dumps(dict(read()), sort_keys=True)
