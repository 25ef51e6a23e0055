"""What a page looks like to a person: its sizes, whether all can be read, and axe's opinion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

WIDTHS = {360: 740, 800: 900, 1400: 900}
SCHEMES = ("light", "dark")
CONTRAST = """() => {
  const channel = (v) => v <= 10 ? v / 3294.6 : ((v / 255 + .055) / 1.055) ** 2.4;
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => { const [r, g, b] = numbers(text);
    return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b); };
  const behind = (at) => { for (; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    const [, , , alpha] = numbers(color); if (alpha === undefined || alpha > 0) return color; }
    return "rgb(255, 255, 255)"; };
  const bad = [];
  for (const at of document.querySelectorAll("body *")) {
    const own = [...at.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || at.closest(".hidden, .skip, svg, script, option")) continue;
    const [one, other] = [light(getComputedStyle(at).color), light(behind(at))];
    const ratio = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
    if (ratio < 4.5) bad.push([at.outerHTML.slice(0, 80), ratio]);
  }
  return bad;
}"""


def keep(page: Any, name: str) -> None:
    """Keep a screenshot where SCREENSHOTS says, for a person to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def seen_in_both_schemes(page: Any, name: str) -> None:
    """Check that all text can be read, in light and in dark, and keep what it looks like."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(CONTRAST) == [], scheme
        keep(page, f"{name}-{scheme}")


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


def viewport(width: int) -> dict[str, Any]:
    return {"width": width, "height": WIDTHS[width]}
