"""The routes keep to their description, whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings

from grafherald.datasource.reply import ROUTES
from grafherald.settings import schema
from grafherald.store import Database


def test_every_route_is_described(client: FlaskClient) -> None:
    described = json.loads(client.get("/datasource/openapi.json").data)
    assert described == schema.load("datasource-openapi")
    assert set(described["paths"]) == {"/datasource", *(f"/datasource/{name}" for name in ROUTES)}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_answers_are_as_described(
    make_client: Callable[..., FlaskClient], filled: Database, mode: str
) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from schemathesis.specs.openapi import checks as conforms

    checks = [
        schemathesis.checks.not_a_server_error,
        conforms.status_code_conformance,
        conforms.content_type_conformance,
        conforms.response_schema_conformance,
    ]
    generation = schemathesis.GenerationMode(mode)
    asked: set[str] = set()

    def check(case: Any) -> None:
        asked.add(case.path)
        case.call_and_validate(checks=checks, headers={"Accept-Encoding": "identity"})

    app = make_client().application
    description = schemathesis.openapi.from_wsgi("/datasource/openapi.json", app)
    many = settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    for result in description.get_all_operations():
        operation = result.ok()
        if operation.method == "get" and mode == "negative":
            continue  # it takes nothing that could be wrong
        strategy = operation.as_strategy(generation_mode=generation)
        many(given(case=strategy)(check))()
    assert len(asked) >= len(ROUTES)
