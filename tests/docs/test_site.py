"""`make docs` builds the site, nothing in it is missing, and nothing in it is fetched elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from ..conftest import ROOT

pytestmark = pytest.mark.slow
# What a browser fetches by itself; where an <a> leads is for whoever clicks it.
FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
KEPT_LINKS = ("canonical", "prev", "next")


class Page(HTMLParser):
    """What a page links to, fetches, and offers as anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors |= {str(found[key]) for key in ("id", "name") if found.get(key)}
        address = found.get(FETCHED.get(tag, ""))
        if address and found.get("rel") not in KEPT_LINKS:
            self.fetched.append(address)
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as the Makefile's own command builds it, without a network."""
    out = tmp_path_factory.mktemp("site")
    recipe = (ROOT / "Makefile").read_text().partition("\ndocs: ")[2].splitlines()
    rule = next(line for line in recipe if "mkdocs" in line)
    command = rule.replace("$(BIN)", str(Path(sys.executable).parent)).strip()
    assert "--strict" in command
    proxy = "http://127.0.0.1:9"  # nobody is there
    done = subprocess.run(
        ["sh", "-c", f"{command} --site-dir {out}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def _pages(site: Path) -> Iterator[tuple[Path, Page]]:
    for path in sorted(site.rglob("*.html")):
        if path.name != "404.html":  # its addresses are absolute
            yield path, Page(path.read_text())


def test_every_link_inside_of_the_site_leads_somewhere(site: Path) -> None:
    pages = dict(_pages(site))
    broken = []
    for path, page in pages.items():
        for link in (*page.links, *page.fetched):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            known = pages[target].anchors if target in pages else set()
            if not target.exists() or (
                parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in known
            ):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert len(pages) > 20
    assert broken == []


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    foreign = [
        address for _, page in _pages(site) for address in page.fetched if urlsplit(address).netloc
    ]
    assert foreign == []
    for sheet in site.rglob("*.css"):
        assert re.findall(r"url\(['\"]?https?:", sheet.read_text()) == []


def test_every_page_stands_in_the_contents(site: Path) -> None:
    nav = yaml.safe_dump(yaml.safe_load((ROOT / "docs/site/mkdocs.yml").read_text())["nav"])
    for path in (ROOT / "docs").rglob("*.md"):
        assert str(path.relative_to(ROOT / "docs")) in nav
    assert (site / "reference" / "settings.html").exists()
