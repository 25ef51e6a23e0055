"""A variable's values as a query wants them written: the formats of ``${name:format}``.

https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/#advanced-variable-format-options
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from grafherald.draw.values import moments

Written = Callable[[Sequence[str], bool], str]
"""(values, whether the variable may have several) -> text"""


def escaped(value: str) -> str:
    """With a backslash before what a regular expression would read as its own."""
    return re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value)


def _regex(values: Sequence[str]) -> str:
    parts = [escaped(value) for value in values]
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"


def _glob(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else "{" + ",".join(values) + "}"


def _lucene(values: Sequence[str]) -> str:
    parts = [re.sub(r'[!*+\-=<>\s&|()\[\]{}^~?:\\/"]', r"\\\g<0>", value) for value in values]
    if not parts:
        return "__empty__"
    if len(parts) == 1:
        return parts[0]
    return "(" + " OR ".join(f'"{part}"' for part in parts) + ")"


def _quoted(mark: str, escape: str) -> Callable[[Sequence[str]], str]:
    return lambda values: ",".join(f"{mark}{v.replace(mark, escape + mark)}{mark}" for v in values)


_FORMATS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "csv": ",".join,
    "raw": ",".join,
    "pipe": "|".join,
    "regex": _regex,
    "glob": _glob,
    "lucene": _lucene,
    "json": lambda values: json.dumps(list(values) if len(values) != 1 else values[0]),
    "singlequote": _quoted("'", "\\"),
    "doublequote": _quoted('"', "\\"),
    "sqlstring": _quoted("'", "'"),
    "percentencode": lambda values: quote(_glob(values), safe=""),
    "uriencode": lambda values: quote(",".join(values), safe=";,/?:@&=+$!*'()#-_.~"),
}


def formatted(name: str, form: str, values: Sequence[str], texts: Sequence[str]) -> str:
    """Write the values of variable *name* in the *form* that a query asks for."""
    form, _, argument = form.partition(":")
    if form == "text":
        return " + ".join(texts)
    if form == "queryparam":
        return "&".join(f"var-{quote(name)}={quote(value, safe='')}" for value in values)
    if form == "distributed":
        return f",{name}=".join(values)
    if form == "join":
        return (argument or ",").join(values)
    if form == "date":
        return date(values[0] if values else "", argument)
    return _FORMATS.get(form, _glob)(values)


def date(milliseconds: str, pattern: str) -> str:
    """ "${__from:date:seconds}" and its like; ISO 8601 in UTC without a pattern."""
    try:
        number = float(milliseconds)
    except ValueError:
        return milliseconds
    if pattern == "seconds":
        return str(int(number // 1000))
    if pattern in ("", "iso"):
        return moments.text(number, "YYYY-MM-DD[T]HH:mm:ss.SSS[Z]")
    return moments.text(number, pattern)


def _prometheus(values: Sequence[str], several: bool) -> str:
    r"""In a PromQL string a backslash is written twice, so ``\.`` of a pattern is ``\\.``."""
    if not several:
        return values[0].replace("\\", "\\\\").replace("'", "\\\\'") if values else ""
    parts = [
        re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\" * 4))
        for value in values
    ]
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"


def _loki(values: Sequence[str], several: bool) -> str:
    if not several:
        return values[0].replace("'", "\\\\'") if values else ""
    return "|".join(
        re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\" * 4))
        for value in values
    )


def _sql(values: Sequence[str], several: bool) -> str:
    if several:
        return _FORMATS["sqlstring"](values)
    return values[0].replace("'", "''") if values else ""


_BY_DATASOURCE: Mapping[str, Written] = {
    "prometheus": _prometheus,
    "loki": _loki,
    "influxdb": lambda values, several: _regex(values) if several or values else "",
    "elasticsearch": lambda values, _: _lucene(values),
    "mysql": _sql,
    "postgres": _sql,
    "grafana-postgresql-datasource": _sql,
    "mssql": _sql,
}


def of_datasource(kind: str) -> Written:
    """How ``$name`` is written without a format, in a query of this kind of datasource."""
    found = _BY_DATASOURCE.get(kind)
    if found is None and "prometheus" in kind:
        found = _prometheus
    return found or (lambda values, _: _glob(values) if values else "")
