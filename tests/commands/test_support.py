"""grafherald support: what helps is in it, and no secret is."""

from __future__ import annotations

import re
import stat
import tarfile
from pathlib import Path

import pytest

from grafherald import __version__, cli
from grafherald.settings import masked
from grafherald.settings.sources import load

SECRETS = {
    "grafana.token": "glsa_token-of-grafana",
    "channels.ops.webhook_url": "https://hooks.example.com/services/T0/B0/webhook-path",
    "channels.mail.smtp": "smtp://me:mail-password@127.0.0.1:9",
    "channels.own.webhook_url": "https://example.com/hook?code=code-of-the-hook",
    "channels.own.secret": 'a "quoted" secret',
    "chat.slack.signing_secret": "signing-secret",
    "board.users.jane.password": "scrypt:password-of-jane",
    "listen.token": "token-of-listen",
}
REST = {
    "channels.ops.type": "slack",
    "channels.mail.type": "email",
    "channels.mail.from": "alerts@example.com",
    "channels.mail.to": "oncall@example.com",
    "channels.own.type": "webhook",
    "images.service": "http://user:password-in-a-url@127.0.0.1:9/grafana-images",
}
WORDS = [word for key, value in {**SECRETS, **REST}.items() for word in ("--set", f"{key}={value}")]


def packed(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        files = {Path(each.name).name: archive.extractfile(each) for each in archive}
        return {name: file.read().decode() for name, file in files.items() if file}


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    journal = tmp_path / "bin" / "journalctl"
    journal.parent.mkdir()
    journal.write_text(
        "#!/bin/sh\necho 'grafherald: said signing-secret and a \\\"quoted\\\" secret'\n"
    )
    journal.chmod(0o755)
    monkeypatch.setenv("PATH", f"{journal.parent}:/usr/bin:/bin")
    path = tmp_path / "support.tar.gz"
    store = f"store=sqlite:///{tmp_path}/store.db"
    words = ["support", "--dry-run", "-o", str(path), *WORDS, "--set", store]
    assert cli.main(words) == 0
    return path


def test_no_secret_of_the_settings_is_in_it(bundle: Path) -> None:
    text = "\n".join(packed(bundle).values())
    hidden = [*SECRETS.values(), "mail-password", "webhook-path", "password-in-a-url"]
    hidden += ["code-of-the-hook", "password-of-jane", "quoted"]
    assert [secret for secret in hidden if secret in text] == []
    assert "grafherald: said ***" in text


def test_it_has_what_helps(bundle: Path) -> None:
    files = packed(bundle)
    assert f"grafherald {__version__}" in files["versions.txt"]
    assert re.search(r"^jsonschema \d", files["versions.txt"], re.MULTILINE | re.IGNORECASE)
    assert "channels.mail.from: alerts@example.com  (--set)" in files["settings.txt"]
    assert "skipped  network" in files["check.txt"]
    assert "grafherald: said" in files["log.txt"]
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


def test_settings_that_are_wrong_are_a_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "support.tar.gz"
    wrong = ["--set", "graph.wait=soon"]
    assert cli.main(["support", "--dry-run", "-o", str(path), *wrong]) == 0
    assert "graph.wait" in packed(path)["settings.txt"]


def test_every_secret_key_of_the_schemas_is_taken_out() -> None:
    words = [f"{key}={value}" for key, value in {**SECRETS, **REST}.items()]
    found = masked.secrets(load(None, words, {}, folder="/nowhere"))
    assert {*SECRETS.values(), "mail-password", "password-in-a-url"} <= set(found)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_there_already_is_left_alone(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other, path = tmp_path / "other", tmp_path / "support.tar.gz"
    other.write_text("mine")
    path.symlink_to(other) if kind == "link" else path.write_text("mine")
    assert cli.main(["support", "--dry-run", "-o", str(path)]) == 1
    assert "support.tar.gz: can't be written: File exists" in capsys.readouterr().err
    assert path.read_text() == "mine"
