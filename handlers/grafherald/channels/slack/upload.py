"""Pictures into Slack: ask for an address, send the bytes there, complete.

https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from grafherald.channels.slack.api import Api
from grafherald.errors import DeliveryError, TemporaryError
from grafherald.net.client import Client
from grafherald.net.deadline import Deadline
from grafherald.net.response import secrets_of
from grafherald.text import redacted

_PAUSES = (0.2, 0.3, 0.5, 0.8, 1.2, 2.0)  # seconds between looks at a file that Slack works on


def send(api: Api, client: Client, title: str, png: bytes) -> str:
    """Send a picture's bytes and return the file's id; nobody sees it until it is completed.

    Raises:
        DeliveryError: Slack did not take it.
    """
    form = {"filename": "graph.png", "length": len(png), "alt_txt": title}
    place = api.call("files.getUploadURLExternal", data=form)
    url, file_id = str(place.get("upload_url", "")), str(place.get("file_id", ""))
    if not url.startswith(("https://", "http://")) or not file_id:
        raise TemporaryError("Slack gave no address to upload to")
    # The address is the permission: the token is not sent there, and the address not shown.
    answer = client.post(url, data=png, headers={"Content-Type": "application/octet-stream"})
    try:
        answer.check()
    except DeliveryError as error:
        raise TemporaryError(redacted(str(error), secrets_of(url))) from None
    return file_id


def wait_until_shown(api: Api, files: Sequence[str], deadline: Deadline) -> None:
    """Wait until Slack can show all *files* in blocks: it looks at them after the upload.

    Raises:
        TemporaryError: it took longer than the deadline, or a few seconds.
        Refused: the token may not look at files.
    """
    for file_id in files:
        if not any(_info(api, file_id).get("mimetype") for _ in _patience(deadline)):
            raise TemporaryError("Slack did not finish the picture in time")


def timestamp(api: Api, file_id: str, channel: str, deadline: Deadline) -> str:
    """Find the message in *channel* that shares the file, by its ``ts``; "" if there is none."""
    try:
        for _ in _patience(deadline):
            for kind in (_info(api, file_id).get("shares") or {}).values():
                for share in kind.get(channel) or ():
                    return str(share["ts"])
    except (DeliveryError, AttributeError, KeyError, TypeError):
        return ""  # it is only needed to thread later; the message has arrived
    return ""


def _info(api: Api, file_id: str) -> dict[str, Any]:
    found = api.call("files.info", data={"file": file_id}).get("file")
    return found if isinstance(found, dict) else {}


def _patience(deadline: Deadline) -> Iterator[None]:
    """Let a caller try at once and after each pause, while there is time."""
    yield
    for pause in _PAUSES:
        if deadline.remaining < pause + 1:
            return
        time.sleep(pause)
        yield
