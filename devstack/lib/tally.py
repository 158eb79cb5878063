"""Adds up what the tests reported: names what failed or was skipped, and closes with one line of counts.

Arguments: a file of lines "passed WHAT" and "failed WHAT", then JUnit reports. Exits 1 when something failed.
"""

import sys
import xml.etree.ElementTree as Tree
from collections.abc import Iterator
from pathlib import Path


def outcomes(path: Path) -> Iterator[tuple[str, str]]:
    """Yields outcome and name of what is no test of pytest."""
    for line in path.read_text().splitlines():
        outcome, _, what = line.partition(" ")
        yield outcome, what


def tests(path: Path) -> Iterator[tuple[str, str]]:
    """Yields outcome and name of each test of a report; a test may fail twice, in itself and in what cleans up."""
    for case in Tree.parse(path).getroot().iter("testcase"):  # noqa: S314 - written by our own pytest
        name = f"{path.stem}: {case.get('classname')}.{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield "failed", name
        elif skip is not None:
            yield "skipped", f"{name}: {skip.get('message')}"
        else:
            yield "passed", name


def main() -> int:
    """Reads the files that the arguments name, and prints."""
    found = [*outcomes(Path(sys.argv[1]))]
    for report in sys.argv[2:]:
        found += tests(Path(report))
    count = dict.fromkeys(("passed", "failed", "skipped"), 0)
    for outcome, what in found:
        count[outcome] += 1
        if outcome != "passed":
            print(f"{outcome}: {what}")
    print(", ".join(f"{number} {outcome}" for outcome, number in count.items()))
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
