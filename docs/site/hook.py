"""What the site's builder asks of us: where links out of docs/ lead.

https://www.mkdocs.org/user-guide/plugins/#events
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

ROOT = Path(__file__).resolve().parents[2]
_OUT_OF_DOCS = re.compile(r"\]\((?:\.\./)+(?P<path>[\w./-]+)(?P<anchor>#[\w-]+)?\)")


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Turn links to other files of the repository into addresses.

    Raises:
        PluginError: there is no such file.
    """
    source = ROOT / "docs" / page.file.src_uri

    def address(match: re.Match[str]) -> str:
        target = (source.parent / match[0][2:-1].partition("#")[0]).resolve()
        if target.is_relative_to(ROOT / "docs"):
            return match[0]
        if not target.exists():
            raise PluginError(f"{page.file.src_uri}: there is no {match[0][2:-1]}")
        kind = "tree" if target.is_dir() else "blob"
        path = target.relative_to(ROOT)
        return f"]({config.repo_url.rstrip('/')}/{kind}/main/{path}{match['anchor'] or ''})"

    return _OUT_OF_DOCS.sub(address, markdown)
