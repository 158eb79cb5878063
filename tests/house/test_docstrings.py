"""Everything public says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

NOVA = Path(__file__).parents[2] / "nova"


def public(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.AST]]:
    """Public classes, functions and methods below a node; not what is defined within functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
            if any(isinstance(word, ast.Name) and word.id == "overload" for word in child.decorator_list):
                continue
            yield f"{inside}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{inside}{child.name}.")


def test_everything_public_has_a_docstring() -> None:
    silent = []
    for path in sorted(NOVA.rglob("*.py")):
        module = ast.parse(path.read_text())
        if not ast.get_docstring(module):
            silent.append(f"{path.relative_to(NOVA)}: the module")
        silent += [
            f"{path.relative_to(NOVA)}: {name}"
            for name, node in public(module, "")
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not ast.get_docstring(node)
        ]
    assert not silent, "\n".join(silent)


def test_no_file_outgrows_its_reader() -> None:
    long = {
        str(path.relative_to(NOVA)): lines
        for path in NOVA.rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 500
    }
    assert not long, f"over 500 lines, to be split: {long}"
