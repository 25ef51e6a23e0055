"""Events as real systems, documentation and other handlers' fixtures have them."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from grafherald.errors import InvalidEvent
from grafherald.inputs.sensu import document as sensu

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)

NOTIFIED = {
    "core-create-0.x-minimal": "problem warning i-424242/chef_client_process 2014-01-10 60",
    "core-create-1.5-last-ok-null": "problem critical sensu.test.local/testing 2018-10-11 0",
    "core-create-api-with-token": "problem warning client-01/sensu_website 2016-04-10 0",
    "core-derived-flapping": "flapping critical sensu-client-01/sensu-client-01 2018-07-31 -",
    "core-derived-graph-image": "problem critical sensu-client-01/cpu_load 2018-07-31 0",
    "core-derived-silenced": "problem critical sensu-client-01/sensu-client-01 2018-07-31 0",
    "core-enterprise-dashboard": "problem warning client-01/sensu_website 2016-04-10 0",
    "core-hipchat-readme": "problem warning source/name 2026-11-21 0",
    "core-keepalive-1.9": "problem critical client-01/keepalive 2016-04-09 -",
    "core-keepalive-slack-sample": "problem critical slackbot/keepalive 2016-04-09 -",
    "core-minimal-plugin-fixture": "ok ok test/test 2026-11-21 -",
    "core-proxy-client-1.4": "problem warning docs.sensu.io/check_curl_timings 2018-08-10 0",
    "core-resolve-0.16-from-issue": "resolve ok web-01/disk_check_root 2015-03-17 1920",
    "core-resolve-1.4-full": "resolve ok sensu-client-01/sensu-client-01 2018-07-31 -",
    "go-api-status-and-metrics-6.14": "ok ok sensu-centos/collect-metrics 2021-11-03 -",
    "go-api-status-only-6.14": "ok ok sensu-centos/check_cpu 2021-03-29 -",
    "go-api-system-check-metrics-6.14": "ok ok sensu-centos/system-check 2021-11-03 -",
    "go-email-handler-event": "problem warning webserver01/check-nginx 2020-08-26 0",
    "go-gen-failing-graph-annotation": "problem critical web01/check-cpu 2023-11-14 120",
    "go-gen-hooks": "problem critical web01/check-cpu 2023-11-14 0",
    "go-gen-keepalive-dead": "problem critical web01/keepalive 2023-11-14 0",
    "go-gen-resolve": "resolve ok web01/check-cpu 2023-11-14 180",
    "go-gen-silenced": "problem warning web01/check-cpu 2023-11-14 0",
    "go-keepalive-passing": "ok ok server1/keepalive 2021-05-06 -",
    "go-pagerduty-handler-event": "problem critical webserver01/check-nginx 2019-06-22 0",
    "go-proxy-entity-5.0": "problem critical server1/server-health 2019-03-14 0",
    "go-sdk-event-check-entity-override": "problem warning webserver01/check-nginx 2019-02-22 0",
    "go-sdk-event-check-override": "problem warning webserver01/check-nginx 2019-02-22 0",
    "go-sdk-event-check-override-invalid-value": (
        "problem warning webserver01/check-nginx 2019-02-22 0"
    ),
    "go-sdk-event-entity-override": "problem warning webserver01/check-nginx 2019-02-22 0",
    "go-sdk-event-no-override": "problem warning webserver01/check-nginx 2019-02-22 0",
    "go-silenced-6.14": "ok ok sensu-go-testing/curl_timings 2019-03-13 -",
    "go-slack-handler-example": "problem warning 70faa7c58706/helloworld 2019-01-21 4212",
    "go-wrapped-status-only-6.14": "ok ok sensu-centos/check_cpu 2021-03-29 -",
}
NOTHING = ("go-gen-metrics-only", "go-metrics-only-6.4", "go-wrapped-metrics-only-5.0")
REFUSED = {
    "core-check-result-not-an-event": "client: expected an object, got 'client-01'",
    "go-agent-post-no-entity": "entity: missing; timestamp: missing",
    "go-empty-entity": (
        "timestamp: missing; entity.metadata: missing; entity.entity_class: missing"
    ),
    "go-hooks-fragment": "entity: missing; timestamp: missing; check.metadata: missing",
    "go-plugin-ruby-fixture": (
        "timestamp: missing; entity.entity_class: missing; entity.metadata.namespace: missing"
    ),
    "go-proxy-api-post": "timestamp: missing",
    "go-proxy-api-post-no-status": "timestamp: missing; entity.metadata.namespace: missing",
    "go-resolve-email-guide": "timestamp: missing",
    "go-sdk-event-invalid-check": "check.metadata.name: missing",
    "go-sdk-event-invalid-entity": "entity.metadata.name: missing",
    "go-sdk-event-invalid-json": (
        "input is not valid JSON: expecting ',' delimiter (line 12, column 21)"
    ),
    "go-sdk-event-no-check": "check or metrics: missing",
    "go-sdk-event-no-entity": "entity: missing",
    "go-sdk-event-no-timestamp": "timestamp: missing",
    "go-sdk-event-timestamp-zero": "timestamp: expected at least 1, got 0",
    "go-status-127-no-entity": "entity: missing",
}


def outcome(raw: bytes) -> str:
    """What became of *raw*: kind, state, names, day, seconds since it began; or the refusal."""
    try:
        events = sensu.read(raw, now=NOW)
    except InvalidEvent as error:
        return str(error)
    if not events:
        return "nothing"
    (event,) = events
    lasts = f"{(event.occurred_at - event.since).total_seconds():.0f}" if event.since else "-"
    day = f"{event.occurred_at:%Y-%m-%d}"
    return f"{event.kind.value} {event.state.value} {event.entity}/{event.check} {day} {lasts}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [*NOTIFIED.items(), *((name, "nothing") for name in NOTHING), *REFUSED.items()],
)
def test_every_sample_comes_out_right(shared: Path, name: str, expected: str) -> None:
    (file,) = (shared / "samples" / "sensu").glob(f"{name}.*json")
    assert outcome(file.read_bytes()) == expected


def test_no_sample_is_left_out(shared: Path) -> None:
    files = (shared / "samples" / "sensu").glob("*.*json")
    names = {file.name.removesuffix(".json").removesuffix(".notjson") for file in files}
    assert names <= {*NOTIFIED, *NOTHING, *REFUSED}


def test_the_raw_forms_mean_the_same_as_the_readable_ones(shared: Path) -> None:
    folder = shared / "samples" / "sensu"
    raw = sorted((folder / "raw").iterdir())
    assert raw
    for file in raw:
        readable = folder / file.name.replace(".raw.", ".")
        assert sensu.read(file.read_bytes(), now=NOW) == sensu.read(readable.read_bytes(), now=NOW)
