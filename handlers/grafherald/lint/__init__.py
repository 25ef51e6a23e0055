"""What is wrong with check definitions, before an alert comes without its graph. Pure."""

from __future__ import annotations

import re

from grafherald.lint import nagios, sensu
from grafherald.lint.finding import LintFinding
from grafherald.lint.urls import Look, problems
from grafherald.settings.document import Unreadable, documents

__all__ = ["LintFinding", "Look", "lint", "problems"]

_NAGIOS = re.compile(r"^\s*define\s+\w+\s*\{", re.MULTILINE)


def lint(file: str, text: str, look: Look = problems) -> list[LintFinding]:
    """Find what is wrong in *text*, in the order of its lines.

    It may be Sensu Core's or Go's JSON, sensuctl's YAML of several documents, or a file of
    Nagios' objects; which of them is told by what stands in it.

    Args:
        file: its name, for the findings.
        look: finds what is wrong with a graph's URL.
    """
    try:
        if _NAGIOS.search(text):
            found = list(nagios.lint(text, look))
        else:
            found = [finding for each in documents(text) for finding in sensu.lint(each, look)]
    except Unreadable as error:
        found = [LintFinding(str(error), line=error.line)]
    placed = [finding.within(file) for finding in found]
    return sorted(placed, key=lambda finding: finding.line or 0)
