"""JSON and YAML with the lines that its parts stand in, and keys that stand there twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from grafherald.errors import excerpt

Path = tuple[str, ...]


class Unreadable(ValueError):
    """The text is neither JSON nor YAML; ``line`` is where."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Document:
    """One document.

    Attributes:
        value: what it holds, as json and PyYAML give it.
        lines: where a part begins, with its key, by the keys that lead to it; a list's items by
            their number.
        repeated: keys that stand in one object twice, the later one.
    """

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[Path] = field(default_factory=list)

    def line(self, *path: str) -> int | None:
        """Look up the line of the part at *path*, or of what holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def documents(text: str) -> list[Document]:
    """Read the documents in *text*: JSON, one object behind the other, or YAML.

    Raises:
        Unreadable: it is neither.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        return list(_json(text))
    return list(_yaml(text, 0))


def _json(text: str) -> Iterator[Document]:
    decoder = json.JSONDecoder()
    start = len(text) - len(text.lstrip())
    while start < len(text):
        try:
            value, end = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise Unreadable(f"is not JSON: {error.msg}", error.lineno) from None
        except RecursionError:
            raise Unreadable("is nested too deeply", None) from None
        # JSON is YAML but for tabs between its parts, and YAML's parser knows the lines.
        same = text[start:end].replace("\t", " ")
        try:
            yield from _yaml(same, text.count("\n", 0, start))
        except Unreadable:
            yield Document(value)
        start = end + len(text[end:]) - len(text[end:].lstrip())


def _yaml(text: str, lines_before: int) -> Iterator[Document]:
    try:
        loader = yaml.SafeLoader(text)
        while loader.check_node():
            document = Document(None)
            builder = _Builder(loader, document, lines_before)
            value = builder.build(loader.get_node(), ())
            yield Document(value, document.lines, document.repeated)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 + lines_before if mark else None
        raise Unreadable(f"is not YAML: {error.problem}", line) from None
    except yaml.YAMLError:
        raise Unreadable("is not YAML: it holds a control character", None) from None
    except RecursionError:
        raise Unreadable("is nested too deeply", None) from None
    except ValueError as error:
        raise Unreadable(f"is not YAML: {excerpt(str(error))}", None) from None


class _Builder:
    """Makes Python objects of YAML's nodes, each once: an alias may be used often, or in itself."""

    def __init__(self, loader: yaml.SafeLoader, document: Document, lines_before: int) -> None:
        self._loader = loader
        self._document = document
        self._lines_before = lines_before
        self._built: dict[int, Any] = {}

    def build(self, node: Any, path: Path) -> Any:
        self._document.lines.setdefault(path, node.start_mark.line + 1 + self._lines_before)
        if id(node) not in self._built:
            self._built[id(node)] = None
            self._built[id(node)] = self._value(node, path)
        return self._built[id(node)]

    def _value(self, node: Any, path: Path) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, str(n))) for n, item in enumerate(node.value)]
        return self._loader.construct_object(node)

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            here = (*path, name)
            if name in seen:
                self._document.repeated.append(here)
            seen.add(name)
            # its key's line, where the value may begin below it
            self._document.lines[here] = key.start_mark.line + 1 + self._lines_before
        self._loader.flatten_mapping(node)  # ``<<: *base``
        return {
            str(key.value): self.build(value, (*path, str(key.value))) for key, value in node.value
        }
