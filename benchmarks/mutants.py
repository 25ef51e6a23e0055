"""How many small faults the tests catch, in the rooms where a fault loses alerts.

    .venv/bin/python benchmarks/mutants.py [number] [seed]

Each fault is one change to one place, picked at random: a comparison turned, a number one more, a
condition always true, an `and` for an `or`, a `not` too few, a call left out. It is made in a copy
of the tree, and the tests of its room run there, then those that run the program as a whole. What
passes all of them is printed: each such line wants a test, or is a change that means the same.
"""

from __future__ import annotations

import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("delivery", "server", "settings", "net")
WHOLE = ("tests/test_cli.py", "tests/test_end_to_end.py", "tests/test_bad_days.py")
SECONDS = 240  # for one room's tests; a fault that hangs them is caught
_TURNED = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}


def main() -> int:
    """Make the faults one after the other, and say which were not caught."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    files = [path for room in ROOMS for path in sorted((_source(room)).rglob("*.py"))]
    places = [(path, fault) for path in files for fault in _faults(path.read_text())]
    chosen = random.Random(seed).sample(places, min(number, len(places)))
    caught = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        ignored = shutil.ignore_patterns(
            ".git", ".venv", "__pycache__", "*.egg-info", "node_modules"
        )
        shutil.copytree(ROOT, copy, symlinks=True, ignore=ignored)
        for path, (line, was, becomes, changed) in chosen:
            place = copy / path.relative_to(ROOT)
            place.write_text(changed)
            is_caught = not _passes(copy, path.relative_to(_source("")).parts[0])
            place.write_text(path.read_text())
            caught += is_caught
            word = "caught " if is_caught else "MISSED "
            print(f"{word} {path.relative_to(ROOT)}:{line}: {was!r} -> {becomes!r}", flush=True)
    print(f"{caught} of {len(chosen)} caught, {caught / len(chosen):.0%}; goal: at least 80 %")
    return 0


def _source(room: str) -> Path:
    return ROOT / "handlers" / "grafherald" / room


def _faults(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Yield line, what stood there, what stands there now, and the whole changed text."""
    for node in ast.walk(ast.parse(text)):
        found = _fault(node, text)
        if found is None:
            continue
        was = ast.get_source_segment(text, node) or ""
        start = _offset(text, node.lineno, node.col_offset)  # type: ignore[attr-defined]
        if was and text[start : start + len(was)] == was:
            changed = text[:start] + found + text[start + len(was) :]
            yield node.lineno, was[:60], found[:60], changed  # type: ignore[attr-defined]


def _offset(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def _fault(node: ast.AST, text: str) -> str | None:  # noqa: PLR0911 - a kind of fault each
    def source(part: ast.AST) -> str:
        return ast.get_source_segment(text, part) or ""

    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        turned = _TURNED.get(type(node.ops[0]))
        return f"{source(node.left)} {turned} {source(node.comparators[0])}" if turned else None
    if isinstance(node, ast.BoolOp) and len(node.values) == 2:
        word = "or" if isinstance(node.op, ast.And) else "and"
        return f"({source(node.values[0])}) {word} ({source(node.values[1])})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return f"({source(node.operand)})"
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return f"({node.value} + 1)"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return str(not node.value)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return "pass"
    if isinstance(node, ast.IfExp):
        return f"({source(node.body)})"
    return None


def _passes(copy: Path, room: str) -> bool:
    """Tell whether the tests see nothing: first the room's own, then the whole program's."""
    for tests in ((f"tests/{room.removesuffix('.py')}",), WHOLE):
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "-p", "no:cacheprovider"]
        command += ["-m", "not slow and not real", *tests]
        try:
            done = subprocess.run(
                command, cwd=copy, capture_output=True, check=False, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return False
        if done.returncode:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
