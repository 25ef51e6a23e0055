"""Slack's limits for blocks: https://docs.slack.dev/reference/block-kit/blocks. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_MOST = 50
_ALL = 9_000  # Slack has no word on it; above some 9,000 to 11,000 characters it refuses
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
_MARKUP = re.compile(
    r"<(?:https?://[^<>|\s]+(?:\|[^<>]*)?|![a-z]+(?:\^\d+\^[^<>|]+\|[^<>]+)?|[@#][A-Z0-9]+)>"
)


def problem(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Find why Slack would refuse *blocks* or show them wrong; "" when it would not."""
    if len(blocks) > _MOST:
        return "more than 50 blocks"
    if len(json.dumps(blocks, ensure_ascii=False)) > _ALL:
        return "msg_blocks_too_long"
    return next(filter(None, map(_block_problem, blocks)), "")


def _block_problem(block: Mapping[str, Any]) -> str:
    kind = block.get("type")
    if kind == "header":
        return _text_problem(block.get("text"), "plain_text", 150)
    if kind == "section":
        fields = block.get("fields", [])
        found = [_text_problem(entry, "mrkdwn", 2000) for entry in fields]
        if "text" in block:
            found.append(_text_problem(block["text"], "mrkdwn", 3000))
        if len(fields) > 10 or not found:
            return "section: 1 to 10 fields, or a text"
        return next(filter(None, found), "")
    if kind == "image":
        return _image_problem(block)
    if kind == "context":
        elements = block.get("elements", [])
        found = [_text_problem(entry, "mrkdwn", 3000) for entry in elements]
        return next(filter(None, found), "" if 1 <= len(elements) <= 10 else "context: 1 to 10")
    return "" if kind in ("divider", "actions") else f"unsupported type: {kind}"


def _image_problem(block: Mapping[str, Any]) -> str:
    url, file = block.get("image_url"), block.get("slack_file")
    if bool(url) == bool(file):
        return "image: an image_url or a slack_file"
    if url and (len(url) > 3000 or not re.fullmatch(r"https?://\S+", url)):
        return "image_url: a URL of at most 3000 characters"
    return "" if 1 <= len(block.get("alt_text", "")) <= 2000 else "alt_text: 1 to 2000 characters"


def _text_problem(text: object, kind: str, most: int) -> str:
    if not isinstance(text, Mapping) or text.get("type") != kind:
        return f"expected a text object of type {kind}"
    said = text.get("text")
    if not isinstance(said, str) or not 1 <= len(said) <= most:
        return f"text: 1 to {most} characters"
    if kind == "mrkdwn" and (_ENTITY.search(said) or "<" in _MARKUP.sub("", said)):
        return "text: & and < stand unescaped"
    return ""
