from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from grafherald.errors import GraphError
from grafherald.images.publish import Directory
from grafherald.images.retention import Keep, sweep

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
NOTHING = Keep(None, None)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "saved-images"
    path.mkdir()
    return path


def put(path: Path, days: float, size: int = 1000) -> Path:
    """Write a file that is as many *days* old."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
    then = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
    return path


def picture(directory: Path, number: int, days: float, size: int = 1000) -> Path:
    return put(directory / f"{number:032x}.png", days, size)


def test_old_pictures_go(directory: Path) -> None:
    old, young = picture(directory, 1, 31), picture(directory, 2, 29)
    assert [file.path for file in sweep(directory, Keep(timedelta(days=30)), NOW)] == [old]
    assert list(directory.iterdir()) == [young]


def test_the_oldest_go_until_the_rest_fits(directory: Path) -> None:
    for number in range(5):
        picture(directory, number, days=number)
    gone = sweep(directory, Keep(None, megabytes=0.003), NOW)
    assert [file.path.name[31] for file in gone] == ["4", "3"]


def test_without_limits_everything_stays(directory: Path) -> None:
    picture(directory, 1, 9999)
    assert sweep(directory, NOTHING, NOW) == []


def test_a_dry_run_removes_nothing(directory: Path) -> None:
    old = picture(directory, 1, 31)
    assert [file.path for file in sweep(directory, Keep(), NOW, dry_run=True)] == [old]
    assert old.exists()


@pytest.mark.parametrize("how", ["publish", "still"])
def test_published_again_a_picture_is_young_again(how: str, directory: Path, png: bytes) -> None:
    publisher = Directory(directory, "https://x")
    url = publisher.publish(png)
    os.utime(next(directory.iterdir()), (1, 1))
    if how == "publish":
        publisher.publish(png)
    else:
        assert publisher.still(url)
    assert sweep(directory, Keep(), datetime.now(timezone.utc)) == []


def test_only_our_own_files_go(directory: Path, tmp_path: Path) -> None:
    theirs = [
        put(directory / name, 99)
        for name in (
            "logo.png",
            "x" * 32 + ".png",
            "0" * 31 + ".png",
            "0" * 65 + ".png",
            ".htaccess",
        )
    ]
    theirs.append(put(tmp_path / f"{1:032x}.png", 99))
    link = directory / f"{2:032x}.png"
    link.symlink_to(theirs[0])
    os.utime(link, (1, 1), follow_symlinks=False)
    (directory / f"{3:032x}.png").mkdir()
    put(directory / "folder" / f"{4:032x}.png", 99)
    assert sweep(directory, Keep(), NOW) == []
    assert all(path.exists() for path in [*theirs, link])


def test_hmac_names_are_ours(directory: Path) -> None:
    put(directory / ("ab" * 32 + ".png"), 31)
    assert len(sweep(directory, Keep(), NOW)) == 1


def test_what_processes_left_goes_after_an_hour(directory: Path) -> None:
    beside = directory.parent / ".saved-images.tmp"
    stale = [put(place / ".abcd1234.tmp", 0.1) for place in (directory, beside)]
    stale.append(put(beside / f".{'ab' * 32}.url", 0.1))
    fresh = put(beside / ".efgh5678.tmp", 0)
    assert {file.path for file in sweep(directory, NOTHING, NOW)} == set(stale)
    assert fresh.exists()


def test_a_picture_that_was_being_written_goes_by_the_name_that_it_has(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a process that is killed while it publishes nothing but that is left."""
    written: list[Path] = []
    monkeypatch.setattr(os, "replace", lambda file, _: written.append(Path(file)))
    Directory(directory, "https://example.com").publish(b"half")
    (left,) = written
    put(left, 0.1)
    assert [file.path for file in sweep(directory, NOTHING, NOW)] == [left]


def test_a_missing_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="missing can't be swept: no such file"):
        sweep(tmp_path / "missing", Keep(), NOW)
