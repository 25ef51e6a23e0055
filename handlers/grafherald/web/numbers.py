"""Stub."""
from __future__ import annotations
from grafherald.web.templates import Page, Templates


def numbers(templates: Templates, database: object, asked: object, now: object, shared: dict) -> Page:
    return templates.render("failure.html", title="Numbers", text="", **shared)
