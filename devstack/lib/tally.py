"""Adds up what the tests reported: prints `N passed, N failed, N skipped`, exits 1 when something failed."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as Tree
from pathlib import Path


def main() -> int:
    """Arguments: checks passed, checks failed, 1 when a test run broke off, then JUnit reports."""
    passed, failed, broken = (int(word) for word in sys.argv[1:4])
    skipped = 0
    for path in sys.argv[4:]:
        if not Path(path).is_file():
            continue
        for suite in Tree.parse(path).getroot().iter("testsuite"):  # noqa: S314 - written by our own pytest
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            out = int(suite.get("skipped", 0))
            passed += int(suite.get("tests", 0)) - bad - out
            failed, skipped = failed + bad, skipped + out
    if broken and not failed:
        # pytest ended badly without a report of a failed test: that is a failure too.
        failed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
