"""Log lines as go-plugin reads them from stderr: hclog's JSON, one object a line.

https://github.com/hashicorp/go-plugin/blob/v1.8.0/log_entry.go
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import TextIO

_LEVELS = {"WARNING": "warn", "CRITICAL": "error"}


class HclogFormatter(logging.Formatter):
    """Formats a record; its ``fields`` (a mapping, by ``extra``) become key and value."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        at = datetime.fromtimestamp(record.created, timezone.utc)
        entry = {
            "@level": _LEVELS.get(record.levelname, record.levelname.lower()),
            "@message": record.getMessage(),
            "@timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
            "@module": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def log_to(stream: TextIO) -> None:
    """Send every log record of the process to *stream*."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(HclogFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
