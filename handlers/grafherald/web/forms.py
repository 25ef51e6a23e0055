"""What the forms of acts have in common: who acts, with which word, and where that leads."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from grafherald.history.acts import Act
from grafherald.text import one_line, plain
from grafherald.web.addresses import within
from grafherald.web.people import Viewer

SECONDS = 10.0  # that an act may wait for the store
_WORD, _NAME = 500, 60  # characters


def author(viewer: Viewer) -> str:
    """Who acts: the user; of a login that a shift shares, the name that is given."""
    given = one_line(plain(request.form.get("name", "")))[:_NAME]
    return given if viewer.is_shared and given else viewer.name


def word() -> str:
    """The comment that goes with an act; one line, cleaned and cut."""
    return one_line(plain(request.form.get("comment", "")))[:_WORD]


def back(done: Sequence[Act]) -> AnyResponse:
    """Lead to the page that the form was on, which offers to undo what was done."""
    then = without_done(within(request.form.get("then", "/")))
    joint = "&" if "?" in then else "?"
    return redirect(f"{then}{joint}{urlencode({'did': '.'.join(str(a.id) for a in done)})}", 303)


def without_done(then: str) -> str:
    """Take the offer to undo out of a page's address, for after it has been used."""
    parts = urlsplit(then)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "did"]
    return parts.path + (f"?{urlencode(kept)}" if kept else "")
