"""README's three steps, word for word, and its links, which have to work on a package index too."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from grafherald import inputs, registry

from .docs import machine

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
# A Debian without anything but its essential packages has these.
ESSENTIAL = ("bash", "sh", "install", "cat", "id", "ln")


def _steps() -> str:
    section = README.partition("\n## A handler in three steps\n")[2].partition("\n## ")[0]
    return "\n".join(machine.blocks(section))


@pytest.mark.slow
@pytest.mark.real
def test_the_three_steps_work_as_they_stand_there(wheel: Path, tmp_path: Path) -> None:
    show = "\nstat --format='%a %U %n' /etc/grafherald/token /opt/saved-images\n"
    report = machine.run(_steps() + show, wheel, tmp_path)
    assert report.status == 0, report.output
    assert "--- chat (slack" in report.output
    assert "--- oncall (email oncall@example.com)" in report.output
    lines = [json.loads(line) for line in report.output.splitlines() if line.startswith('{"')]
    assert {line["channel"] for line in lines} == {"chat", "oncall"}
    assert "\n640 root /etc/grafherald/token\n" in report.output
    assert "\n755 root /opt/saved-images\n" in report.output


@pytest.mark.slow
@pytest.mark.real
def test_the_units_of_the_package_are_put_where_systemd_finds_them(
    wheel: Path, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "daemon.md").read_text().partition("\n## systemd\n")[2]
    install, units = machine.blocks(README)[0], machine.blocks(page)[0]
    before = "useradd --system sensu\ninstall -D -m 640 -g sensu /dev/null /etc/grafherald/token\n"
    show = "\ngrep -H ^ExecStart= /etc/systemd/system/grafherald*.service\nid -Gn sensu\n"
    show += "stat --format='%a %G %n' /etc/grafherald/token\n"
    report = machine.run(install + before + units + show, wheel, tmp_path, page="daemon")
    assert report.status == 0, report.output
    called = re.findall(r"^/etc/systemd/\S+:ExecStart=(\S+)", report.output, re.MULTILINE)
    assert len(called) == len(list((ROOT / "contrib" / "systemd").glob("*.service")))
    assert set(called) == {"/usr/local/bin/grafherald"}
    assert "\nsensu grafherald\n640 grafherald /etc/grafherald/token\n" in report.output
    wanted = re.findall(r"^systemctl enable --now (\S+)", units, re.MULTILINE)
    assert wanted
    for unit in wanted:
        assert (ROOT / "contrib" / "systemd" / unit).is_file(), unit


@pytest.mark.parametrize("command", ESSENTIAL)
def test_the_steps_use_what_a_bare_debian_has(command: str) -> None:
    if not Path("/usr/bin/dpkg").exists():
        pytest.skip("this is no Debian")
    path = shutil.which(command, path="/usr/bin:/bin")
    asked = ["dpkg", "-S", f"/bin/{command}", f"/usr/bin/{command}"]
    owner = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    (package,) = set(re.findall(r"^([a-z0-9-]+):", owner, re.MULTILINE))
    field = ["dpkg-query", "-f", "${Essential}", "-W", package]
    found = subprocess.run(field, capture_output=True, text=True, check=True).stdout
    assert path
    assert found == "yes"


def test_links_and_pictures_are_absolute_and_lead_to_files_of_ours() -> None:
    site = yaml.safe_load((ROOT / "docs" / "site" / "mkdocs.yml").read_text())["repo_url"]
    links = re.findall(r"\]\(([^)\s]+)\)", README)
    assert len(links) > 20
    for link in links:
        assert urlsplit(link).scheme == "https", link
        raw = site.replace("//github.com", "//raw.githubusercontent.com")
        path = re.sub(f"^({site}/(blob|tree)|{raw})/main/", "", link)
        assert path != link, f"{link}: is not in this repository"
        assert (ROOT / path).exists(), link


@pytest.mark.parametrize("name", registry.ours(inputs.GROUP))
def test_every_source_is_named_in_the_first_sentence(name: str) -> None:
    first = README.split("\n\n")[1]
    assert name in first.lower()
    assert name in (ROOT / "docs" / "index.md").read_text().split("\n\n")[1].lower()
