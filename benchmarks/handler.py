"""What one run of `grafherald sensu` costs, as a process, beside bare scripts that do the same.

    .venv/bin/python benchmarks/handler.py [rounds]

All variants are run in turn within one round, so that they share the machine's mood; a ratio of
medians is what counts. Each gets the same event on standard input and makes the same two POSTs to
loopback stand-ins: one to a grafana-images service, one to a Slack webhook.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVENT = (ROOT / "tests" / "events" / "sensu-go.json").read_bytes()
_ID = b"5f1d1f3e-9d67-4b3c-8f51-3f7f1f0e4c52"

SCRIPT = """
import json, sys
{imports}
url = {url!r}
event = json.load(sys.stdin)
{validate}
image = event["check"]["metadata"]["annotations"]["graph_image"] + "&from=now-6h&to=now"
answer = requests.post(url + "/grafana-images", json={{"imageUrl": image}},
                       headers={{"Authorization": "Bearer t"}}, timeout=10)
picture = answer.json()["pubImg"]
template = jinja2.Template("{{{{ event.check.output }}}} {{{{ picture }}}}")
text = template.render(event=event, picture=picture)
requests.post(url + "/hook", json={{"text": text}}, timeout=10).raise_for_status()
"""


class StandIn(BaseHTTPRequestHandler):
    """Answers as a grafana-images service, and as a Slack webhook."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        picture = b'{"pubImg": "http://127.0.0.1/saved-images/0.png"}'
        body = picture if self.path == "/grafana-images" else b"ok"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def variants(url: str, folder: Path) -> dict[str, tuple[list[str], bytes, int]]:
    """Return what is run, by name: command, standard input, the exit status it must have."""
    settings = {
        "grafana": {"url": "https://grafana.example.com", "token": "t"},
        "images": {"service": url + "/grafana-images"},
        "channels": {"chat": {"type": "slack", "webhook_url": url + "/hook"}},
    }
    (folder / "config.json").write_text(json.dumps(settings))
    lean = SCRIPT.format(imports="import requests, jinja2", url=url, validate="")
    eager = SCRIPT.format(
        imports="import requests, jinja2, jsonschema",
        url=url,
        validate='jsonschema.validate(event, {"type": "object", "required": ["check"]})',
    )
    command = str(Path(sys.executable).parent / "grafherald")
    config = ["--config", str(folder / "config.json")]
    store = ["--set", f"store=sqlite:///{folder}/store.db"]
    store += ["--set", "channels.chat.per_minute=6000"]  # a run per round is more than Slack bears
    return {
        "(a) python -I -c pass": ([sys.executable, "-I", "-c", "pass"], b"", 0),
        "(b) requests + jinja2": ([sys.executable, "-c", lean], EVENT, 0),
        "(c) and jsonschema": ([sys.executable, "-c", eager], EVENT, 0),
        "grafherald sensu": ([command, "sensu", *config], EVENT, 0),
        "and with a store": ([command, "sensu", *config, *store], EVENT, 0),
        "refused event": ([command, "sensu", *config], b'{"check": 1}', 1),
        "grafherald --version": ([command, "--version"], b"", 0),
    }


def main() -> None:
    """Print the median of each variant in ms, and the ratios that the goals speak of."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        runs = variants(f"http://127.0.0.1:{server.server_port}", Path(folder))
        for _ in range(rounds):
            for name, (command, data, status) in runs.items():
                given = data.replace(
                    _ID, str(uuid.uuid4()).encode()
                )  # a known one is not sent twice
                began = time.perf_counter()
                done = subprocess.run(command, input=given, capture_output=True, check=False)
                times.setdefault(name, []).append(time.perf_counter() - began)
                assert done.returncode == status, done.stderr.decode()
    median = {name: statistics.median(each) * 1000 for name, each in times.items()}
    a, b, c, ours, kept, refused, version = median.values()
    for name, ms in median.items():
        print(f"{name:24} {ms:7.1f} ms")
    print(f"grafherald sensu / (b)   {ours / b:7.2f}   goal: at most 0.85")
    print(f"with a store / (b)       {kept / b:7.2f}   goal: at most 0.85")
    print(f"grafherald sensu / (c)   {ours / c:7.2f}")
    print(f"refused event / (a)      {refused / a:7.2f}   goal: at most 3")
    print(f"--version / (a)          {version / a:7.2f}   goal: at most 3")


if __name__ == "__main__":
    main()
