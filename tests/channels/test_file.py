"""Files: all or nothing, the same names for the same event, none outside of the directory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grafherald.channels import file
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from .conftest import PNG


def test_a_notification_is_json_a_page_and_its_picture(
    tmp_path: Path, event: Event, templates: Templates, notification: Notification
) -> None:
    [channel] = file.open_channels("look", {"directory": tmp_path / "a/b"}, event, templates)
    receipt = channel.send(notification)
    names = {path.suffix: path for path in (tmp_path / "a/b").iterdir()}
    assert set(names) == {".json", ".html", ".png"}
    assert receipt.text == names[".json"].name
    document = json.loads(names[".json"].read_text())
    assert document == json.loads(json.dumps(channel.payload(notification)))
    assert document["graphs"][0]["file"] == names[".png"].name
    assert names[".png"].read_bytes() == PNG
    assert f'src="{names[".png"].name}"' in names[".html"].read_text()


def test_the_same_event_again_is_the_same_files(
    tmp_path: Path, event: Event, templates: Templates, notification: Notification
) -> None:
    [channel] = file.open_channels("look", {"directory": tmp_path}, event, templates)
    channel.send(notification)
    channel.send(notification)
    channel.send(Notification(event._replace(status=1)))
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_no_name_leads_out_of_the_directory(
    tmp_path: Path, event: Event, templates: Templates
) -> None:
    [channel] = file.open_channels("look", {"directory": tmp_path / "out"}, event, templates)
    channel.send(Notification(event._replace(entity="../../etc", check="\x00/passwd" * 90)))
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_the_directory_is_needed(event: Event, templates: Templates) -> None:
    with pytest.raises(ConfigError, match=r"^channels\.look\.directory: "):
        file.open_channels("look", {}, event, templates)
