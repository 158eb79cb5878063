"""Prints the id of the project that measures: `python -m tests.bench.project --data DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench.cloud import Cloud

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the stack's data folder")
    sys.stdout.write(Cloud(parser.parse_args().data).login.project + "\n")
