"""A token for XOAUTH2, as it is now: something else renews it, into a file or by a command."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grafherald.errors import PermanentError, TemporaryError

_SECONDS = 10.0  # for the command
_MOST = 16_384  # characters


def current(settings: Mapping[str, Any]) -> str:
    """Read the token from ``token_file``, else from what ``token_command`` prints.

    The command is split as a shell would, and run without one.

    Raises:
        PermanentError: there is no file, or no such command.
        TemporaryError: the command failed, or there is nothing in it yet.
    """
    where = "token_file" if settings.get("token_file") else "token_command"
    try:
        if where == "token_file":
            found = Path(str(settings["token_file"])).read_text()
        else:
            words = shlex.split(str(settings.get("token_command") or ""))
            done = subprocess.run(  # noqa: S603 - the operator's own command
                words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=True
            )
            found = done.stdout.decode()
    except subprocess.CalledProcessError as error:
        raise TemporaryError(f"oauth2.{where} ended with {error.returncode}") from None
    except subprocess.TimeoutExpired:
        raise TemporaryError(f"oauth2.{where} took more than {_SECONDS:g} s") from None
    except (OSError, IndexError, ValueError) as error:
        why = getattr(error, "strerror", "") or "it can't be read"
        raise PermanentError(f"oauth2.{where}: {why}") from None
    token = found.strip()
    if not token or len(token) > _MOST or not token.isascii() or not token.isprintable():
        raise TemporaryError(f"oauth2.{where} gives no token")
    return token
