"""The shipped templates' code, kept beside this module's as Python keeps it.

Compiling them is a fifth of what a handler's process takes. Where the directory is not this user's
to write to, it is for whoever installs, or checks as root, to fill it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class Compiled(FileSystemBytecodeCache):
    """Templates of one ending: an included one is escaped as the one that includes it.

    Jinja itself looks at the source's checksum and at Python's version.
    """

    def __init__(self, ending: str) -> None:
        directory = os.path.dirname(cache_from_source(__file__))
        super().__init__(directory, f"{ending}-%s.jinja-{jinja2.__version__}")

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Know a template by its name alone: a Sensu asset is unpacked anywhere."""
        del filename
        return super().get_cache_key(name)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, where that may be written."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)
                os.chmod(self._get_cache_filename(bucket), 0o644)  # root keeps it for everybody
