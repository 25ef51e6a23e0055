"""The doctor's report, for people and for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from grafherald.doctor.findings import Finding, Verdict, healthy
from grafherald.doctor.origins import Setting
from grafherald.text import one_line, plain

_TOPIC = 18  # characters; a longer one moves its own line alone


def setting_lines(settings: Sequence[Setting]) -> Iterator[str]:
    """Lay out the settings as a table: key, value, origin."""
    key = max((len(setting.key) for setting in settings), default=0)
    value = max((len(setting.value) for setting in settings), default=0)
    for setting in settings:
        origin = _line(setting.origin)
        yield f"  {_line(setting.key):{key}}  {setting.value:{value}}  {origin}".rstrip()


def finding_lines(finding: Finding) -> Iterator[str]:
    """Say what was found, and below it what to do."""
    yield f"  {finding.verdict.value:7}  {_line(finding.topic):{_TOPIC}}  {_line(finding.text)}"
    if finding.advice:
        yield f"  {'':7}  {'':{_TOPIC}}  -> {_line(finding.advice)}"


def summary(findings: Sequence[Finding]) -> str:
    """Count the findings by verdict, in one line."""
    counts = [
        (sum(finding.verdict is verdict for finding in findings), word)
        for verdict, word in (
            (Verdict.FAILED, "failed"),
            (Verdict.WARNING, "warned about"),
            (Verdict.SKIPPED, "skipped"),
            (Verdict.OK, "ok"),
        )
    ]
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def as_json(settings: Sequence[Setting], findings: Sequence[Finding]) -> str:
    """Write all for a script: ``{"ok": bool, "settings": [...], "findings": [...]}``."""
    document = {
        "ok": healthy(findings),
        "settings": [asdict(setting) for setting in settings],
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(document, indent=2)


def _line(text: str) -> str:
    return one_line(plain(text))
