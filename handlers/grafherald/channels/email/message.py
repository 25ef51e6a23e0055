"""The mail itself: RFC 5322 headers, alternative{text, related{HTML, pictures}}. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from grafherald.channels import identity
from grafherald.event import Event, Kind
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, view
from grafherald.notification.templates import Templates
from grafherald.text import one_line, plain, shorten

# Gmail clips a mail whose HTML is larger than this many bytes.
_HTML = 100_000
_SUBJECT = 200  # characters
_PICTURES = 5_000_000  # bytes of all pictures; relays often refuse mails above 10 MB
_TOO_LARGE = "the picture is too large for a mail"
_BUDGETS = (Budget(8_000, 20_000, 10), Budget(8_000, 8_000, 10), Budget(1_000, 1_000, 3))
_TEXT = Budget(40_000, 40_000, 10, lines=1000)
_LABEL = 63  # characters: RFC 1035
_LISTED = re.compile(r"[^<>,;@\r\n]*<[^<>\r\n]*>|[^\s,;]+")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")


@dataclass(frozen=True)
class Heading:
    """What a mail has beside its content.

    Attributes:
        subject: a template in place of ours, or "".
        own_subject: what the event says that its subject is, or "".
        first: the Message-ID of the incident's first mail, where that is known, or "".
    """

    sender: Address
    to: tuple[Address, ...]
    date: datetime
    reply_to: Address | None = None
    subject_prefix: str = ""
    subject: str = ""
    own_subject: str = ""
    first: str = ""


def address(text: str) -> Address | None:
    """Read ``Name <user@host>`` or ``user@host`` as an address, None when it is none.

    A domain in other letters than ASCII is written as DNS has it, by IDNA 2008 (``straße.example``
    is not ``strasse.example``); such a name before the ``@`` needs servers that few have, and is
    none.
    """
    named = re.fullmatch(r"(?P<name>[^<>]*)<(?P<spec>[^<>]*)>", text.strip())
    name, spec = (named["name"], named["spec"]) if named else ("", text.strip())
    user, _, domain = spec.rpartition("@")
    try:
        spec = f"{user}@{_in_ascii(domain)}"
        if not _ADDRESS.fullmatch(spec) or not user.isascii() or not spec.isprintable():
            return None
        return Address(_inert(name).strip('"'), addr_spec=spec)
    except (ValueError, IndexError, MessageError):
        return None


def read(names: Iterable[str]) -> dict[str, Address | None]:
    """Read *names*, each an address or several; what is none stands there with None.

    A name in quotes may have come apart at its comma: ``"Doe, Jane" <jane@example.com>``.
    """
    whole: list[str] = []
    for name in names:
        if whole and whole[-1].count('"') % 2:
            whole[-1] += f", {name}"
        else:
            whole.append(name)
    texts = dict.fromkeys(each for text in whole for each in addresses_in(text))
    return {text: address(text) for text in texts}


def addresses_in(text: str) -> list[str]:
    """Split a list of addresses at commas, semicolons, blanks and line ends.

    What holds something else stays whole, for a message that quotes it.
    """
    found = [each.strip() for each in _LISTED.findall(text)]
    several = address(text) is None and all("@" in each for each in found)
    return found if several else [text]


def _in_ascii(domain: str) -> str:
    """Write a *domain* as DNS has it.

    Raises:
        ValueError: it can't be one.
    """
    if domain.isascii():
        if not all(0 < len(label) <= _LABEL for label in domain.split(".")):
            raise ValueError("a label is empty or too long")
        return domain
    import idna  # few domains need it

    return idna.encode(domain, uts46=True).decode()


def without_pictures(notification: Notification, problem: str) -> Notification:
    """Put *problem* in place of each picture, for a server that finds the mail too large."""
    graphs = (
        graph._replace(png=None, problem=problem) if graph.png else graph
        for graph in notification.graphs
    )
    return notification._replace(graphs=tuple(graphs))


def compose(notification: Notification, frame: Heading, templates: Templates) -> bytes:
    """Write the mail; equal input gives equal bytes, so that a repeated mail is the same mail."""
    shown = _light_enough(cleaned(notification))
    own, first = message_ids(shown.event, frame.sender.domain)
    first = frame.first or first

    def source(number: int, graph: Graph) -> str:
        return f"cid:{_content_id(number, own)}" if graph.png else ""

    seen = view(shown, source, _TEXT).values()
    mail = EmailMessage(policy=SMTP)
    subject = frame.own_subject or templates.render("email/subject.txt", frame.subject, **seen)
    subject = one_line(subject)
    mail["Subject"] = _inert(shorten(f"{frame.subject_prefix}{subject}", _SUBJECT))
    _add_headers(mail, frame, own, first)
    mail.set_content(templates.render("email/body.txt", **seen), cte="quoted-printable")
    html = _html(shown, source, templates)
    if html.strip():  # a pager's mail is text alone
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        _add_pictures(mail, shown.graphs, own)
    _settle_boundaries(mail, own)
    return mail.as_bytes()


def message_ids(event: Event, domain: str) -> tuple[str, str]:
    """Name the event's mail, and its incident's first one, by their Message-IDs.

    Both follow from the event alone, so that a repeated mail is the same mail, and all mails of
    an incident are replies to its first, also when that one was never sent. Of one in several
    parts (alerts of a rule, groups) no event tells that it is the first: all are replies. What has
    the id of an earlier mail is dropped by servers and programs.
    """
    incident = event.incident or f"{event.namespace}/{event.entity}/{event.check}"
    first = f"<{_digest(incident)}@{domain}>"
    before = event.history[-2] if len(event.history) > 1 else 0
    is_first = event.kind is Kind.PROBLEM and event.occurrences <= 1 and before == 0
    if is_first and not event.part:
        return first, first
    return f"<{_digest(f'{incident} {identity(event)}')}@{domain}>", first


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _light_enough(notification: Notification) -> Notification:
    """Leave out the pictures that would make the mail too large, and say so in their place."""
    left, graphs = _PICTURES, []
    for graph in notification.graphs:
        size = len(graph.png or b"")
        too_large = size > left
        left -= 0 if too_large else size
        graphs.append(graph._replace(png=None, problem=_TOO_LARGE) if too_large else graph)
    return notification._replace(graphs=tuple(graphs))


def _add_headers(mail: EmailMessage, frame: Heading, own: str, first: str) -> None:
    mail["From"] = frame.sender
    mail["To"] = frame.to
    if frame.reply_to:
        mail["Reply-To"] = frame.reply_to
    mail["Date"] = format_datetime(frame.date)
    mail["Message-ID"] = own
    if own != first:
        mail["In-Reply-To"] = first
        mail["References"] = first
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"


def _html(
    notification: Notification, source: Callable[[int, Graph], str], templates: Templates
) -> str:
    """Write the longest page that a reader gets whole."""
    html = ""
    for budget in _BUDGETS:
        seen = view(notification, source, budget, _bytes)
        html = templates.render("email/body.html", **seen.values())
        if len(html.encode()) <= _HTML:
            break
    return html


def _bytes(text: str) -> int:
    return len(escape(text).encode())


def _add_pictures(mail: EmailMessage, graphs: Sequence[Graph], own: str) -> None:
    page = next(part for part in mail.iter_parts() if part.get_content_type() == "text/html")
    for number, graph in enumerate(graphs, 1):
        if graph.png:
            page.add_related(
                graph.png,
                "image",
                "png",
                cid=f"<{_content_id(number, own)}>",
                disposition="inline",
                filename=f"graph-{number}.png",
            )


def _content_id(number: int, own: str) -> str:
    return f"graph{number}.{own[1:-1]}"


def _settle_boundaries(mail: EmailMessage, own: str) -> None:
    """Give each multipart a boundary that follows from the mail, not from chance.

    ``=_`` can't be in quoted-printable or base64, which is all that the parts hold.
    """
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{number}_{own[1:33]}")


def _inert(text: str) -> str:
    """Make *text* fit for a header: one clean line, in which ``=?...?=`` is not decoded."""
    return one_line(plain(text)).replace("=?", "= ?")
