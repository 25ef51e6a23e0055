from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grafherald.errors import GraphError
from grafherald.images.publish import Directory, by_hmac

URL = "https://grafana.example.com/saved-images"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "saved-images"
    path.mkdir()
    return path


def everything(directory: Path) -> set[Path]:
    return {path for path in directory.parent.rglob("*") if path.is_file()}


def test_picture_lies_under_its_md5_for_all_to_read(directory: Path, png: bytes) -> None:
    url = Directory(directory, URL + "/").publish(png)
    name = hashlib.md5(png).hexdigest() + ".png"
    assert url == f"{URL}/{name}"
    assert everything(directory) == {directory / name}
    assert (directory / name).read_bytes() == png
    assert stat.S_IMODE((directory / name).stat().st_mode) == 0o644


def test_hmac_names_need_the_secret(directory: Path, png: bytes) -> None:
    one, same, other = (
        Directory(directory, URL, by_hmac(secret)).publish(png) for secret in (b"a", b"a", b"b")
    )
    assert one == same != other
    assert len(one.rpartition("/")[2]) == 64 + len(".png")


def test_the_mode_does_not_depend_on_the_umask(directory: Path, png: bytes) -> None:
    before = os.umask(0o077)
    try:
        Directory(directory, URL).publish(png)
    finally:
        os.umask(before)
    assert stat.S_IMODE(next(directory.iterdir()).stat().st_mode) == 0o644


def test_published_again_it_is_whole_and_young_again(directory: Path, png: bytes) -> None:
    publisher = Directory(directory, URL)
    publisher.publish(png)
    path = next(directory.iterdir())
    path.write_bytes(b"damaged")
    os.utime(path, (1, 1))
    publisher.publish(png)
    assert path.read_bytes() == png
    assert path.stat().st_mtime > 1


def test_a_link_in_the_way_is_replaced_not_followed(directory: Path, png: bytes) -> None:
    victim = directory.parent / "victim"
    victim.write_bytes(b"precious")
    (directory / (hashlib.md5(png).hexdigest() + ".png")).symlink_to(victim)
    Directory(directory, URL).publish(png)
    assert victim.read_bytes() == b"precious"


def test_readers_never_see_a_torn_file(directory: Path) -> None:
    publisher = Directory(directory, URL, lambda _: "same")
    pictures = [bytes([number]) * 200_000 for number in range(2)]
    publisher.publish(pictures[0])
    torn, done = [], threading.Event()

    def read() -> None:
        while not done.is_set():
            data = (directory / "same.png").read_bytes()
            if data not in pictures:
                torn.append(len(data))

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for number in range(200):
        publisher.publish(pictures[number % 2])
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_a_missing_directory_is_named_and_not_made(tmp_path: Path, png: bytes) -> None:
    publisher = Directory(tmp_path / "missing", URL)
    with pytest.raises(GraphError, match="missing: no such file or directory") as caught:
        publisher.publish(png)
    assert caught.value.status == 500
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "missing").mkdir()
    publisher.publish(png)


def test_a_file_in_its_place_is_named(tmp_path: Path, png: bytes) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(GraphError, match=r"can't be saved in .*file: ") as caught:
        Directory(tmp_path / "file", URL).publish(png)
    assert caught.value.status == 500


def test_a_directory_that_the_picture_cannot_replace_leaves_no_litter(
    directory: Path, png: bytes
) -> None:
    (directory / (hashlib.md5(png).hexdigest() + ".png")).mkdir()
    with pytest.raises(GraphError, match="can't be saved"):
        Directory(directory, URL).publish(png)
    assert everything(directory) == set()


def test_where_the_parent_is_closed_it_is_written_inside(directory: Path, png: bytes) -> None:
    (directory.parent / f".{directory.name}.tmp").write_bytes(b"no directory")
    Directory(directory, URL).publish(png)
    assert [path.suffix for path in directory.iterdir()] == [".png"]


@pytest.mark.real
def test_a_mount_of_the_same_disk_in_between_does_not_matter(directory: Path, png: bytes) -> None:
    """As systemd's ReadWritePaths makes one: both sides are one device, and no move crosses it."""
    bind = ["mount", "--bind", str(directory), str(directory)]
    if subprocess.run(bind, check=False, capture_output=True).returncode:
        pytest.skip("may not mount")
    try:
        Directory(directory, URL).publish(png)
        assert len(everything(directory)) == 1
    finally:
        subprocess.run(["umount", str(directory)], check=True)


@pytest.fixture
def small_disk(directory: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(directory)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a file system")
    yield directory
    subprocess.run(["umount", str(directory)], check=True)


@pytest.mark.real
def test_a_full_disk_is_said_leaves_no_litter_and_heals(small_disk: Path, png: bytes) -> None:
    publisher = Directory(small_disk, URL)
    with pytest.raises(GraphError, match=f"^the disk of {small_disk} is full$") as caught:
        publisher.publish(png + bytes(100_000))
    assert caught.value.status == 507
    assert list(small_disk.iterdir()) == []
    publisher.publish(png)
    assert len(list(small_disk.iterdir())) == 1


@pytest.mark.real
def test_a_read_only_disk_is_said_and_heals(small_disk: Path, png: bytes) -> None:
    publisher = Directory(small_disk, URL)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(GraphError, match="read-only file system") as caught:
        publisher.publish(png)
    assert caught.value.status == 500
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    publisher.publish(png)
