"""Draw a panel of Grafana, without its image renderer: grafherald draw 'URL' -o panel.png

The URL is a render URL, as in graph_image, or a panel's address in the browser. It must belong to
the Grafana of the settings. Needs the extra ``draw``.

Examples:
  grafherald draw 'https://grafana.example.com/d/node/host?viewPanel=2&var-host=web01'
  grafherald draw 'https://grafana.example.com/render/d-solo/node/host?panelId=2' -o cpu.png
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

from grafherald.commands import settings
from grafherald.errors import ConfigError, GraphError
from grafherald.grafana import urls
from grafherald.net.deadline import Deadline

_log = logging.getLogger(__name__)
_SECONDS = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the URL, ``--output`` and ``--svg``."""
    parser.add_argument("url", metavar="URL", help="the panel's render URL, or its page")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="panel.png",
        help="where the picture goes, - for standard output; default: panel.png",
    )
    parser.add_argument("--svg", action="store_true", help="write SVG instead of PNG")


def run(args: argparse.Namespace) -> int:
    """Write the picture; 2 when there is none."""
    began = time.monotonic()
    config = settings(args)
    from grafherald.draw import png
    from grafherald.drawing.paint import sketch
    from grafherald.images.sketch import Sketches

    url = urls.render_url(args.url, config.graph.from_, config.graph.to)
    try:
        task = Sketches(config).task(url, Deadline(_SECONDS))
        asked = time.monotonic()
        drawing, _ = sketch(task)
        laid = time.monotonic()
        size = (task.data.width, task.data.height)
        picture = drawing.svg.encode() if args.svg else png(drawing.svg, *size)
    except GraphError as error:
        sentence = f"{error}. {error.hint}".rstrip(". ")
        print(f"grafherald: not drawn: {sentence}", file=sys.stderr)
        return 2
    _log.debug("laid it out in %.0f ms", (laid - asked) * 1000)
    _log.debug("made %d bytes of it in %.0f ms", len(picture), (time.monotonic() - laid) * 1000)
    for note in drawing.notes:
        print(f"grafherald: note: {note}", file=sys.stderr)
    _write(args.output, picture)
    _log.debug("done in %.0f ms", (time.monotonic() - began) * 1000)
    return 0


def _write(output: str, picture: bytes) -> None:
    if output == "-":
        sys.stdout.buffer.write(picture)
        return
    try:
        Path(output).write_bytes(picture)
    except OSError as error:
        raise ConfigError(f"{output}: can't be written: {error.strerror}") from None
