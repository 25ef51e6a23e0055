"""What is replied: Grafana's lists and our refusals as text, panels as pictures with links.

The texts are those of hubot-grafana where it has one, because scripts and people look for them.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.chat.alerts import GrafanaAlert
from grafherald.chat.panels import DashboardPanel
from grafherald.chat.words import folded
from grafherald.errors import GrafanaError, GraphError, Refusal
from grafherald.text import plain

NOT_PUBLISHED = (
    "The first address is the picture in Grafana and needs its login: nothing is published, because"
    " the settings have neither images.publish nor images.service."
)


@dataclass(frozen=True)
class Reply:
    """One message. A panel has all four texts, anything else only *text*.

    Attributes:
        text: the whole message as plain text.
        title: the panel's title.
        image_url: the picture: its public URL, or its render URL when nothing is published, or ""
            when there is none; *text* says why.
        link: the page that shows the panel live.
        public: whether *image_url* can be fetched without a login.
    """

    text: str
    title: str = ""
    image_url: str = ""
    link: str = ""
    public: bool = False


@dataclass(frozen=True)
class Answer:
    """All that is replied to one question.

    Attributes:
        replies: in order.
        failed: whether it is a refusal or a failure.
        remark: what the operator should know, one sentence, or "".
    """

    replies: tuple[Reply, ...]
    failed: bool = False
    remark: str = ""


def failure(error: Refusal | GrafanaError) -> Answer:
    """Return what is wrong and, as a second message, what to do about it."""
    texts = [str(error), error.hint]
    return Answer(tuple(Reply(text) for text in texts if text), failed=True)


def picture(title: str, image_url: str, link: str, *, public: bool) -> Reply:
    """Return a panel with its picture."""
    title = clean(title)
    return Reply(f"{title}: {image_url} - {link}", title, image_url, link, public)


def no_picture(title: str, problem: str, link: str) -> Reply:
    """Return a panel without its picture, and why."""
    title = clean(title)
    return Reply(f"{title} - [{problem}] - {link}", title, "", link)


def panels(
    replies: Sequence[Reply], problems: Iterable[GraphError], notes: Iterable[str], *, pictures: int
) -> Answer:
    """Put together the panels' *replies*, what to do about *problems*, and *notes*.

    Args:
        replies: those that were not shown early.
        problems: why panels have no picture.
        notes: sentences; empty ones are left out.
        pictures: how many panels have one, those that were shown early included.
    """
    hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
    said = [Reply(text) for text in (*hints, *notes) if text]
    is_public = all(reply.public for reply in replies if reply.image_url)
    remark = "" if is_public else NOT_PUBLISHED
    return Answer((*replies, *said), failed=not pictures, remark=remark)


def dropped(shown: int, found: int) -> str:
    """Say that not all panels are shown, or ""."""
    return f"{shown} of {found} panels shown; add a panel name." if shown < found else ""


def no_panel(target: str, wanted: str, found: Sequence[DashboardPanel], limit: int) -> Refusal:
    """Refuse: none of the panels *found* in dashboard *target* has *wanted* in its title."""
    if not found:
        return Refusal("Could not locate desired panel.", hint="The dashboard has no panels.")
    hint = f"It has {len(found)} panels: {_named(found, limit)}."
    titles = {folded(panel.title): panel.title for panel in found if panel.title}
    close = difflib.get_close_matches(folded(wanted), titles, 1, 0.6) if wanted else []
    if close:
        hint += f" Did you mean `{query_for(target, clean(titles[close[0]]))}`?"
    else:
        hint += f" For the first: graf db {word(target)}:1"
    return Refusal("Could not locate desired panel.", hint=hint)


def which_panel(target: str, title: str, found: Sequence[DashboardPanel], limit: int) -> Refusal:
    """Ask which of many panels is meant: so many renders are slow, and fill a room."""
    return Refusal(
        f"{clean(title) or clean(target)} has {len(found)} panels: {_named(found, limit)}.",
        hint=f"Which one? For the first: `graf db {word(target)}:{found[0].number}`; all of them as"
        f" one picture: `graf db {word(target)} kiosk`",
    )


def _named(found: Sequence[DashboardPanel], limit: int) -> str:
    names = [f"{panel.number} {clean(panel.title) or '(no title)'}" for panel in found[:limit]]
    more = f", and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(names) + more


def query_for(target: str, panel: str) -> str:
    """Write the query for a panel, in quotes where it needs them."""
    whole = f"{target}:{panel}"
    return f'graf db "{whole}"' if " " in whole or ":" in panel else f"graf db {whole}"


def word(target: str) -> str:
    """Write *target* as it stands in a query: in quotes if it has a blank or a colon."""
    return f'"{target}"' if " " in target or ":" in target else target


def address(hit: Mapping[str, Any]) -> str:
    """Return the uid of a dashboard that a search found, or its slug before Grafana 5."""
    slug = str(hit.get("uri") or hit.get("slug") or "").removeprefix("db/")
    return str(hit.get("uid") or slug)


def dashboards(hits: Sequence[Mapping[str, Any]], heading: str, limit: int) -> str:
    """List the first *limit* dashboards under *heading*."""
    found = lines(hits)[:limit]
    if len(hits) > limit:
        found.append(f" (and {len(hits) - limit} more)")
    return "\n".join([heading, *found])


def lines(hits: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write a line for each dashboard; those of one title are told apart by their folder."""
    titles = Counter(folded(str(hit.get("title") or "")) for hit in hits)
    return [
        f"- {clean(address(hit))}: " + clean(in_folder(hit) if titles[folded(title)] > 1 else title)
        for hit in hits
        for title in [str(hit.get("title") or "")]
    ]


def in_folder(hit: Mapping[str, Any]) -> str:
    """Write a dashboard's title with its folder, as in ``Prod/Database``."""
    return f"{hit.get('folderTitle') or 'General'}/{hit.get('title') or ''}"


def clean(text: str) -> str:
    """Return *text* on one line, without what moves a terminal's cursor."""
    return plain(text).replace("\n", " ")


def alerts(found: Sequence[GrafanaAlert], state: str) -> str:
    """Return all alerts *found*, or that there are none in *state*."""
    heading = f"Alerts with state '{state}':" if state else "All alerts:"
    return "\n".join([heading, *map(_alert, found)]) if found else f"{heading}\nThere are none."


def paused(name: str, total: int, errored: int) -> str:
    """Return what became of pausing all alerts; *name* is ``pause`` or ``unpause``."""
    return (
        f"Successfully tried to {name} *{total}* alerts.\n"
        f"*Success: {total - errored}*\n*Errored: {errored}*"
    )


def _alert(alert: GrafanaAlert) -> str:
    lines = [f"- *{clean(alert.name)}* ({clean(alert.id)}): `{clean(alert.state)}`"]
    if alert.since:
        lines.append(f"  last state change: {clean(alert.since)}")
    if alert.error:
        lines.append(f"  execution error: {clean(alert.error)}")
    return "\n".join(lines)


def help_text(grafanas: Sequence[str], aliases: Mapping[str, str]) -> str:
    """Return how to get from nothing to a panel, and on."""
    lines = [
        "A graph from Grafana, step by step:",
        "1. `graf list` shows the dashboards, `graf search web` those with web in their title.",
        "2. `graf db web` shows all panels of one: by its uid, its slug or its title.",
        "3. `graf db web:2` its second panel, `graf db web:cpu` those with cpu in their title,"
        ' `graf db "Web frontend:CPU load"` for names with blanks.',
        "4. `graf db web:cpu 24h` the last day, `graf db web:cpu now-2d now-1d` the day before;"
        " also `last 6 hours`, `yesterday`, `from 2026-01-18 09:30 to 2026-01-18 10:30`.",
        "5. `graf db web:cpu server=web01` a variable of the dashboard;"
        " `server=web01,web02` two values.",
        "Or paste the address of a dashboard or panel from your browser.",
        "More for step 5: width=1000 height=500 tz=Europe/Amsterdam theme=light scale=2 timeout=60"
        " orgId=2; `kiosk` for the whole dashboard as one picture.",
        "Alerts: `graf alerts`, `graf alerts alerting`, `graf pause alert 12`,"
        " `graf unpause alert 12`, `graf pause all`.",
    ]
    if len(grafanas) > 1:
        names = ", ".join(grafanas)
        lines.append(f"Another Grafana: `graf on {grafanas[-1]} list`; there are: {names}.")
    lines.extend(f"`graf {name}` is short for `graf {text}`." for name, text in aliases.items())
    return "\n".join(lines)
