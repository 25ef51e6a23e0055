"""What the doctor found: one thing that was looked at, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"  # works, and will surprise somebody
    FAILED = "failed"
    SKIPPED = "skipped"  # could not be looked at, or need not


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        topic: what was looked at: ``token``, ``channel ops``.
        text: what was found, one sentence without a secret.
        advice: what to do, one sentence, or "".
    """

    topic: str
    verdict: Verdict
    text: str
    advice: str = ""


def ok(topic: str, text: str) -> Finding:
    """All is well."""
    return Finding(topic, Verdict.OK, text)


def warning(topic: str, text: str, advice: str) -> Finding:
    """Something will surprise somebody; *advice* says what to do."""
    return Finding(topic, Verdict.WARNING, _ended(text), advice)


def failed(topic: str, text: str, advice: str) -> Finding:
    """Something does not work; *advice* says what to do."""
    return Finding(topic, Verdict.FAILED, _ended(text), advice)


def skipped(topic: str, text: str, advice: str = "") -> Finding:
    """Something was not looked at; *text* says why."""
    return Finding(topic, Verdict.SKIPPED, _ended(text), advice)


def _ended(text: str) -> str:
    """End a sentence once: what was quoted in it may have ended with a question."""
    return text.removesuffix(".") if text.endswith("?.") else text


def healthy(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing failed."""
    return all(finding.verdict is not Verdict.FAILED for finding in findings)
