"""Shells complete what the parsers know; a terminal alone is shown colours."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grafherald import cli
from grafherald.commands import _terminal

HANDLERS = str(Path(cli.__file__).parent.parent)
BASH = """
eval "$(%s -m grafherald completion bash)"
COMP_WORDS=(grafherald %s); COMP_CWORD=%d
_shtab_grafherald grafherald "${COMP_WORDS[-1]}" x
printf '%%s\\n' "${COMPREPLY[@]}"
"""


def completed(*words: str) -> set[str]:
    script = BASH % (sys.executable, " ".join(word or "''" for word in words), len(words))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": HANDLERS}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    return set(done.stdout.split())


@pytest.mark.slow
def test_bash_completes_commands_and_their_flags() -> None:
    assert completed("pre") == {"preview"}
    assert {"--all-failed", "--config"} <= completed("outbox", "list", "--")
    assert {"show", "schema"} <= completed("config", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_itself_takes_what_is_printed(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"{shell} is not installed")
    command = [sys.executable, "-m", "grafherald", "completion", shell]
    text = subprocess.check_output(command, env={"PYTHONPATH": HANDLERS})
    (tmp_path / "completion").write_bytes(text)
    done = subprocess.run(
        [program, "-n", tmp_path / "completion"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"all-failed" in text


def test_a_handler_imports_nothing_of_it() -> None:
    code = "import sys; from grafherald.cli import main; main(['sensu', '--dry-run']); "
    code += "print('shtab' in sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=b"{}",
        capture_output=True,
        check=False,
        env={"PYTHONPATH": HANDLERS},
    )
    assert done.stderr.splitlines()[-1] == b"False"


def test_colours_are_for_a_terminal_that_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    main, terminal = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with open(terminal, "w", encoding="utf-8") as stream, open(os.devnull, "w") as nobody:
        assert _terminal.paint("ok", _terminal.GREEN, stream) == "\x1b[32mok\x1b[0m"
        assert _terminal.paint("ok", _terminal.GREEN, nobody) == "ok"
        monkeypatch.setenv("NO_COLOR", "1")
        assert _terminal.paint("ok", _terminal.GREEN, stream) == "ok"
    os.close(main)
