"""What the pages show as settings, templates and commands is taken by what it is written for."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafherald import cli
from grafherald.event import Event
from grafherald.notification import Notification, sandbox
from grafherald.notification.presentation import Budget, cleaned, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema

from ..conftest import ROOT

PAGES = sorted(
    path for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")] if path.is_file()
)
HANDLERS = str(Path(cli.__file__).parent.parent)
_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_KEY = re.compile(r"`([a-z_]+(?:\.(?:[a-z_]+|NAME)(?:\[\])?)+)`")
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def reference_text(pages: dict[str, str]) -> str:
    return "".join(pages.values())


def _blocks(text: str, kind: str) -> list[str]:
    return [body for name, body in _BLOCK.findall(text) if name == kind]


def _is_settings(document: Any) -> bool:
    known = schema.load("config")["properties"]
    return isinstance(document, dict) and bool(known.keys() & document.keys())


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.problems("config", _without_files(settings))
    for name, channel in settings.get("channels", {}).items():
        found = schema.problems(f"channel-{channel['type']}", _without_files(channel))
        yield from (f"{name}: {problem}" for problem in found)


def _without_files(node: Any) -> Any:
    """Settings as they are once each secret's file was read."""
    if isinstance(node, list):
        return [_without_files(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key.removesuffix("_file") if schema.is_secret(key) else key: "x" * 20
        if schema.is_secret(key) and key.endswith("_file")
        else _without_files(value)
        for key, value in node.items()
    }


@every_page
def test_settings_fit_the_schema(page: Path) -> None:
    for block in _blocks(page.read_text(), "yaml"):
        for document in yaml.safe_load_all(block):
            if _is_settings(document):
                assert list(_problems(document)) == [], block


@every_page
def test_settings_that_a_page_names_are_there(page: Path) -> None:
    known = {key.split("[")[0] for key in _all_keys()}
    tops = schema.load("config")["properties"]
    for name in _KEY.findall(page.read_text()):
        if name.partition(".")[0] in tops:
            assert name.replace("NAME", "<name>").split("[")[0] in known, name


def _all_keys() -> Iterator[str]:
    shape = schema.load("config")
    yield from _keys(shape, shape, "")
    for path in (ROOT / "schemas").glob("channel*.json"):
        channel = schema.load(path.stem)
        yield from _keys(channel, channel, "channels.<name>")


def _keys(node: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    yield place.lstrip(".")
    for key, below in node.get("properties", {}).items():
        yield from _keys(below, root, f"{place}.{key}")
    named, items = node.get("additionalProperties"), node.get("items")
    if isinstance(named, dict):
        yield from _keys(named, root, f"{place}.<name>")
    if isinstance(items, dict):
        yield from _keys(items, root, place)


@every_page
def test_every_command_that_a_page_names_is_one(page: Path) -> None:
    for command in _commands(page.read_text()):
        name, *words = shlex.split(command)
        if name not in cli._names():
            assert not name.isidentifier(), command  # --help, NAME
            continue
        try:
            cli._parser(name).parse_intermixed_args(words)
        except SystemExit:
            pytest.fail(f"{page.name}: grafherald {command}")


_CALL = re.compile(r"""(?:^| |bin/)grafherald (?!\[|-v sensu)((?:'[^']*'|"[^"]*"|[^|;&>])+)""")


def _commands(text: str) -> Iterator[str]:
    """What stands behind ``grafherald`` in code, up to where a shell would end the command."""
    shell = "\n".join(_blocks(text, "sh")).replace("\\\n", " ")
    prose = re.sub(r"(?m)^#.*$", "", _BLOCK.sub("", text))  # headings name commands whole
    code = [*_CODE.findall(prose), *shell.splitlines()]
    for line in code:
        for found in _CALL.findall(line):
            words = re.split("  | #|<", found.strip())[0]  # a comment may stand behind blanks
            yield words.removesuffix(" 2").strip()


def test_metrics_that_rules_and_pages_name_are_there(reference_text: str) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    for name in re.findall(r"\bgrafherald_[a-z_]+", text):
        assert f"`{name}`" in reference_text, name


@pytest.mark.real
def test_prometheus_takes_the_rules_and_the_scrape(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool")
    rules, scrape = (
        block
        for block in _blocks((ROOT / "docs" / "operations.md").read_text(), "yaml")
        if block.startswith(("groups:", "scrape_configs:"))
    )
    (tmp_path / "rules.yml").write_text(rules)
    token = tmp_path / "token"
    token.write_text("x")
    scrape = scrape.replace("/etc/prometheus/grafherald-token", str(token))
    (tmp_path / "prometheus.yml").write_text(scrape)
    for command in ("rules", "config"):
        file = tmp_path / ("rules.yml" if command == "rules" else "prometheus.yml")
        done = subprocess.run(
            [promtool, "check", command, file], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_template_of_the_reference_renders(
    pages: dict[str, str],
    tmp_path: Path,
    make_event: Callable[..., Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 30)  # whatever else this machine is at
    (template,) = _blocks(pages["templates"], "jinja")
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "body.txt").write_text(template)
    warnings: list[str] = []
    shown = view(cleaned(Notification(make_event())), lambda *_: "", Budget(1000, 1000, 1))
    text = Templates(tmp_path, warnings.append).render("email/body.txt", **shown.values())
    assert text.startswith("CRITICAL on web01: cpu\n\nCheckCPU CRITICAL")
    assert warnings == []


def test_a_backup_as_operations_makes_it_is_whole(tmp_path: Path) -> None:
    from grafherald.store import open_database

    (block,) = [
        b for b in _blocks((ROOT / "docs/operations.md").read_text(), "sh") if "VACUUM" in b
    ]
    for folder, ours in (("/var/lib/grafherald", "lib"), ("/var/backups", "backups")):
        (tmp_path / ours).mkdir()
        block = block.replace(folder, str(tmp_path / ours))
    database = open_database(f"sqlite:///{tmp_path}/lib/grafherald.db")
    for _ in range(2):  # it is made anew each night
        subprocess.run(["sh", "-e"], input=block, text=True, check=True, timeout=30)
    database.close()
    assert (tmp_path / "backups/grafherald.db").stat().st_mode & 0o077 == 0
    copy = open_database(f"sqlite:///{tmp_path}/backups/grafherald.db")
    assert copy.rows("SELECT COUNT(*) FROM events") == [(0,)]
    copy.close()


def test_reasons_that_the_questions_quote_are_what_messages_say() -> None:
    source = "".join(path.read_text() for path in (Path(HANDLERS) / "grafherald").rglob("*.py"))
    text = (ROOT / "docs" / "faq.md").read_text()
    rows = text.partition("| the message says | do |")[2].partition("\n\n")[0].splitlines()[2:]
    quoted = [reason for row in rows for reason in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
    assert len(quoted) > 8
    for reason in quoted:
        assert re.sub(r" \d+$", "", reason) in source, reason


def test_every_extra_is_explained() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    text = (ROOT / "docs" / "operations.md").read_text()
    for name in settings["options.extras_require"]:
        assert f"`{name}`" in text, name
