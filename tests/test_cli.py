"""The command line from the outside: what is printed, what is said, the exit status."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from grafherald import __version__, channels, cli, inputs

EVENTS = Path(__file__).parent / "events"
EVENT = (EVENTS / "sensu-go.json").read_bytes()
QUIET = ("--set", "grafana.url=https://grafana.example.com")


def run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "grafherald", *words]
    environment = {
        "PYTHONPATH": str(Path(cli.__file__).parent.parent),
        "GRAFHERALD_CONFIG": os.environ["GRAFHERALD_CONFIG"],
    }
    return subprocess.run(command, input=given, capture_output=True, check=False, env=environment)


def test_version_is_printed() -> None:
    assert run("--version").stdout.decode() == f"grafherald {__version__}\n"


def test_help_names_every_command() -> None:
    text = run("--help").stdout.decode()
    lines = {line.split()[0]: line for line in text.splitlines() if line.startswith("  ")}
    assert "Show what an event on standard input would send" in lines["preview"]
    assert "Read one Sensu event" in lines["sensu"]
    assert all(len(lines[name].split()) > 3 for name in cli._names())
    assert "2  a delivery failed" in text


def test_a_mistyped_command_is_told_which_was_meant() -> None:
    done = run("previw")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"there is no command 'previw'; did you mean preview?" in done.stderr


@pytest.mark.parametrize("name", [name for name in cli._names() if name != "plugin"])
def test_help_has_examples_that_are_commands(name: str) -> None:
    text = cli._parser(name).epilog or ""
    found = re.findall(r"grafherald ([^|<>\n]+)", text.replace("\\\n", " "))
    commands = [shlex.split(re.split(r"\s{2,}[a-z]", words)[0]) for words in found]
    assert name in [command for command, *_ in commands]
    for command, *rest in commands:
        cli._parser(command).parse_intermixed_args(rest)


@pytest.mark.parametrize("name", cli._names())
def test_help_hides_what_is_not_for_people(name: str) -> None:
    assert "SUPPRESS" not in cli._parser(name).format_help()


def test_no_command_is_an_error_that_lists_them() -> None:
    done = run()
    assert done.returncode == 1
    assert b"sensu" in done.stderr


@pytest.mark.parametrize(
    "words", [("sensu", "--confg", "x"), ("outbox", "shove"), ("--nonsense",), ("sensoo",)]
)
def test_a_mistyped_word_is_status_1(words: tuple[str, ...]) -> None:
    done = run(*words, given=EVENT)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"error: " in done.stderr


def test_a_sample_can_be_previewed_by_people(tmp_path: Path) -> None:
    for name in ("sensu-core", "sensu-go"):
        sample = run("sample", name).stdout
        shown = run("preview", given=sample).stdout.decode()
        text = shown.partition("--- hipchat")[2]
        assert "<" not in text
        assert "is CRITICAL" in text
        page = tmp_path / f"{name}.html"
        assert run("preview", "--html", str(page), given=sample).returncode == 0
        assert page.read_text().count("<section") == len(channels.names())
    unknown = run("sample", "sensoo")
    assert (unknown.returncode, b"sensu-core, sensu-go" in unknown.stderr) == (1, True)


def test_a_page_of_a_preview_runs_nothing_that_an_event_brings(tmp_path: Path) -> None:
    hostile = EVENT.replace(b"CheckCPU CRITICAL", b"<script>x</script><img src=x onerror=y>")
    assert hostile != EVENT
    page = tmp_path / "page.html"
    assert run("preview", "--html", str(page), given=hostile).returncode == 0
    assert "<script" not in page.read_text()
    assert "<img src=x" not in page.read_text()
    assert run("preview", "--html", "/nowhere/x.html", given=EVENT).returncode == 1


def test_an_event_without_channels_is_refused() -> None:
    done = run("sensu", *QUIET, given=EVENT)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"channels: the settings name none" in done.stderr


@pytest.mark.parametrize("words", [("--set", "graph.wait=1", "preview"), ("preview", "-v")])
def test_common_flags_stand_before_and_behind_the_command(words: tuple[str, ...]) -> None:
    assert run(*words, given=EVENT).returncode == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "empty"),
        (b'{"check": {"status": "two"}}', ""),
        (b"panic: mutator failed", "panic: mutator failed"),
    ],
)
def test_bad_input_is_one_line_and_status_1(given: bytes, said: str) -> None:
    done = run("sensu", given=given)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert said in done.stderr.decode()


def test_bad_settings_are_one_line_and_status_1() -> None:
    done = run("sensu", "--set", "graph.wait=soon", given=EVENT)
    assert done.returncode == 1
    assert done.stderr == b"grafherald: graph.wait: expected a number, got 'soon' (--set)\n"


def test_json_logs_are_one_object_per_line() -> None:
    done = run("sensu", "--log-format", "json", given=b"[]")
    line = json.loads(done.stderr)
    assert (done.returncode, line["level"]) == (1, "error")


def test_a_dry_run_prints_one_object_per_delivery(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(
        json.dumps({"channels": {"look": {"type": "file", "directory": str(tmp_path / "out")}}})
    )
    done = run("sensu", "--dry-run", "--config", str(tmp_path / "c.json"), given=EVENT)
    (line,) = [json.loads(text) for text in done.stdout.splitlines()]
    assert (line["channel"], line["type"]) == ("look", "file")
    assert line["graphs"] == [
        {
            "render_url": "https://grafana.example.com/render/d-solo/node/host?orgId=1&panelId=2"
            "&var-host=web01&width=1000&height=500&from=now-6h&to=now",
            "link": "https://grafana.example.com/d/node/host?viewPanel=2&orgId=1&var-host=web01"
            "&from=now-6h&to=now",
        }
    ]
    assert not (tmp_path / "out").exists()


def test_a_preview_shows_one_of_each_type_without_settings() -> None:
    done = run("preview", given=EVENT)
    assert done.returncode == 0, done.stderr
    assert all(f"({name} " in done.stdout.decode() for name in ("hipchat", "slack", "email"))


def test_a_preview_of_one_channel_shows_that_alone_wherever_the_event_would_go(
    tmp_path: Path,
) -> None:
    looks = {name: {"type": "file", "directory": str(tmp_path / name)} for name in ("a", "b")}
    routes = [{"match": {"check": "nosuch"}, "channels": ["a"]}]
    (tmp_path / "c.json").write_text(json.dumps({"channels": looks, "routes": routes}))
    event = json.loads(EVENT)
    key = "sensu.io/plugins/grafherald/config/channels"
    event["check"]["metadata"]["annotations"] = {key: "a"}
    words = ("preview", "--channel", "b", "--config", str(tmp_path / "c.json"))
    for given in (EVENT, json.dumps(event).encode()):
        done = run(*words, given=given)
        assert done.returncode == 0, done.stderr
        shown = [line for line in done.stdout.decode().splitlines() if line.startswith("---")]
        assert [line.split()[1] for line in shown] == ["b"]


@pytest.mark.parametrize("words", [("preview",), ("sensu", "--dry-run")])
@pytest.mark.parametrize(
    ("set_", "given", "said"),
    [
        ("sensu.min_occurrences=3", EVENT, b"web01/cpu: not told, occurrence 2 of 3"),
        ('routes=[{"channels": []}]', EVENT, b"web01/cpu: no route leads to a channel"),
        ("graph.wait=1", (EVENTS / "go-metrics.json").read_bytes(), b"nothing to notify"),
    ],
)
def test_that_nothing_would_be_sent_is_said(
    tmp_path: Path, words: tuple[str, ...], set_: str, given: bytes, said: bytes
) -> None:
    channel = f'channels={{"a": {{"type": "file", "directory": "{tmp_path}"}}}}'
    done = run(*words, "--set", channel, "--set", set_, given=given)
    assert (done.returncode, said in done.stdout + done.stderr) == (0, True), done


@pytest.mark.parametrize("name", inputs.names())
def test_the_sample_of_an_input_is_one_that_it_reads(name: str) -> None:
    sample = run("sample", name)
    done = run("preview", "--input", name, given=sample.stdout)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_preview_of_an_unknown_channel_is_an_error() -> None:
    done = run("preview", "--channel", "nobody", given=EVENT)
    assert done.returncode == 1
    assert b"nobody" in done.stderr


def test_an_internal_error_is_one_line_and_status_2() -> None:
    source = {"PYTHONPATH": str(Path(cli.__file__).parent.parent)}
    command = f"exec '{sys.executable}' -m grafherald sensu <&-"  # without a standard input
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, check=False, text=True, env=source
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("grafherald: internal error (OSError")


@pytest.mark.parametrize(
    "words",
    [
        ("--config", "c.json", "--set", "a.b=1", "--set=c=d", "-v"),
        ("--dry-run", "--log-format=json", "--socket", "/run/s"),
        ("--socket=/run/s", "--verbose", "--config=c.json"),
        ("--macro", "HOSTNAME=web01", "--macro=A=b", "--contact"),
        ("--contact", "pager", "--macro", "HOSTNAME=x"),
        ("--contact=email",),
    ],
)
def test_the_usual_flags_mean_what_argparse_reads(words: tuple[str, ...]) -> None:
    nagios = inputs.find("nagios")
    usual = cli._usual(words, nagios.arguments)
    assert usual is not None
    assert vars(usual) == vars(cli._parser("nagios").parse_args(words))


@pytest.mark.parametrize(
    "words",
    [("--conf", "c.json"), ("-h",), ("--contact", "fax"), ("--log-format", "xml"), ("--config",)],
)
def test_what_argparse_would_explain_is_left_to_it(words: tuple[str, ...]) -> None:
    assert cli._usual(words, inputs.find("nagios").arguments) is None


_ENDING = """
import atexit, sys, threading
from grafherald import cli

released = threading.Event()
threading.Thread(target=threading.Event().wait, daemon=True).start()  # it is never answered
threading.Thread(target=lambda: (released.wait(), print("waited for"))).start()
atexit.register(print, "the interpreter was taken down under a thread")
threading.Timer(0.05, released.set).start()
sys.argv = ["grafherald", "--version"]
cli.command()
"""


def test_a_process_ends_beside_a_thread_that_hangs_without_touching_what_it_uses() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ENDING], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"grafherald {__version__}", "waited for"]
