"""The process that Grafana starts for its datasource: JSON APIs in panels and in alert rules.

HashiCorp's go-plugin launches it (`handshake`), Grafana calls it over gRPC (`services`, `legacy`),
it asks a Simple JSON API (`api`) and answers in Arrow frames (`answers`, `arrow`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from grafherald_plugin.errors import HandshakeError
from grafherald_plugin.handshake import Terms, read_terms


def serve(environ: Mapping[str, str]) -> int:
    """Serve the host that *environ* tells of until it ends; return the exit status.

    1 with a line on stderr when there is no such host.
    """
    try:
        _run(read_terms(environ), os.getppid())
    except HandshakeError as error:
        print(error, file=sys.stderr)  # noqa: T201  # go-plugin shows plain lines as they are
        return 1
    return 0


def _run(terms: Terms, parent: int) -> None:
    import asyncio  # here, so that a refusal costs nothing
    import gc

    from grafherald_plugin.hclog import log_to

    try:
        from grafherald_plugin.server import run
    except ModuleNotFoundError as error:
        raise HandshakeError(
            f"{error.name} is not installed: pip install grafherald-plugin"
        ) from None
    log_to(sys.stderr)
    gc.freeze()
    gc.set_threshold(100_000)  # large answers are many small lists: a fifth less time to read them
    asyncio.run(run(terms, parent, lambda handshake: print(handshake, flush=True)))  # noqa: T201  # go-plugin
