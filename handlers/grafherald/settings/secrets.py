"""Secrets that stand in a file of their own: ``token_file`` for ``token``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from grafherald.settings.schema import Problem, is_secret

Place = tuple[str, ...]


def stem(key: str) -> str:
    """Tell which secret the file that *key* names holds; "" where it names none."""
    name = key.removesuffix("_file")
    return name if name != key and is_secret(name) else ""


def rivals(*places: Place) -> Problem:
    """Say that a secret is given itself and as a file."""
    return Problem(places, "give one of them, not both")


def both(node: Any, place: Place = ()) -> Iterator[Problem]:
    """Find each secret that is given itself and as a file."""
    for key, value in _children(node):
        if isinstance(node, dict) and stem(key) in node:
            yield rivals((*place, stem(key)), (*place, key))
        yield from both(value, (*place, key))


def read(tree: Any, is_setting: Callable[[Place], bool]) -> tuple[dict[str, str], list[Problem]]:
    """Put what each secret's file holds under the secret's own key, or nothing where it can't be.

    Args:
        is_setting: whether a key is one of the settings' own, whatever it is called.

    Returns:
        The files by the dotted key that names each, and what is wrong with others.
    """
    held: dict[str, str] = {}
    problems = []
    for node, place in list(_named(tree, is_setting, ())):
        path = node.pop(place[-1])
        text, wrong = _contents(path)
        if wrong:
            problems.append(Problem((place,), wrong))
        else:
            node[stem(place[-1])] = text
            held[".".join(place)] = path
    return held, problems


def _named(
    node: Any, is_setting: Callable[[Place], bool], place: Place
) -> Iterator[tuple[dict[str, Any], Place]]:
    for key, value in _children(node):
        here = (*place, key)
        if isinstance(node, dict) and stem(key) and not is_setting(here):
            yield node, here
        else:
            yield from _named(value, is_setting, here)


def _children(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        yield from ((str(key), value) for key, value in node.items())
    elif isinstance(node, list):
        yield from ((str(number), value) for number, value in enumerate(node))


def _contents(path: Any) -> tuple[str, str]:
    """Read the secret in the file *path*; return it, and what is wrong."""
    if not isinstance(path, str) or not path:
        return "", "expected the path of a text file"
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read().strip()
    except PermissionError:
        return "", f"{path} cannot be read: Permission denied; {advice(path)}"
    except OSError as error:
        return "", f"{path} cannot be read: {error.strerror}"
    except ValueError:  # a NUL in the path, or bytes that are no text
        return "", f"{path} is no text file"
    return (text, "") if text else ("", f"{path} is empty; write the secret into it")


def advice(path: str) -> str:
    """Say how the user that runs this may read the file *path*, and nobody else but its owner."""
    import grp
    import os

    number = os.getegid()
    try:
        group = grp.getgrgid(number).gr_name
    except KeyError:
        group = str(number)
    if os.geteuid() == 0:
        return f"let only the handler's user read it: chgrp ITS-GROUP {path} && chmod 640 {path}"
    return f"let only this user's group read it: chgrp {group} {path} && chmod 640 {path}"
