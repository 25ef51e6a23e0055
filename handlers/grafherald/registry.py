"""Types that are found by name: a module of ours, else what another package adds.

A group is a package of ours and the entry-point group of the same name, ``grafherald.channels``;
each of its types is a module's ``TYPE``. Ours are looked for first and as modules, which also works
in a checkout that is not installed: asking importlib.metadata for entry points takes longer than a
handler needs to start (33 ms against 0.4 ms, Python 3.11).
"""

from __future__ import annotations

import importlib
import os

from grafherald.errors import ConfigError

TYPE_CHECKING = False  # typing is an import that a hand-over does not need
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Kind = TypeVar("Kind")

# What was looked up in this process; functools.cache would cost a start 2 ms.
_installed: dict[tuple[str, str], Any] = {}


def find(group: str, name: str, kind: type[Kind], what: str) -> Kind:
    """Look up the type *name* of *group*.

    Args:
        kind: the class of the group's descriptors.
        what: what they are called where there is none of that name.

    Raises:
        ConfigError: there is none, or it can't be used; the text lists the known.
    """
    try:
        found = _ours(group, name)
        found = installed(group, name) if found is None else found
    except Exception as error:  # another package's code
        raise ConfigError(f"the {what} {name!r} can't be loaded: {error}") from error
    if found is None:
        raise ConfigError(f"there is no {what} {name!r}; there are {', '.join(names(group))}")
    if not isinstance(found, kind):
        raise ConfigError(f"the {what} {name!r} is no {kind.__name__}")
    return found


def installed(group: str, name: str) -> Any:
    """Look up what another package calls *name* in *group*; None when none does."""
    if (group, name) not in _installed:
        from importlib.metadata import entry_points

        for entry in entry_points(group=group, name=name):
            _installed[group, name] = entry.load()
    return _installed.get((group, name))


def names(group: str) -> list[str]:
    """List the types of *group*, ours and those of other packages, in alphabetical order."""
    from importlib.metadata import entry_points

    return sorted({*ours(group), *entry_points(group=group).names})


def ours(group: str) -> list[str]:
    """List our own types of *group*: each module beside the group's ``__init__``."""
    folder = os.path.join(os.path.dirname(__file__), group.rpartition(".")[2])
    stems = {name.removesuffix(".py") for name in os.listdir(folder)}
    return sorted(stem for stem in stems if stem.isidentifier() and not stem.startswith("_"))


def _ours(group: str, name: str) -> Any:
    if not name.isidentifier() or name.startswith("_"):
        return None
    try:
        module = importlib.import_module(f"{group}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{group}.{name}":  # it is there, and what it needs is not
            raise
        return None
    return getattr(module, "TYPE", None)
