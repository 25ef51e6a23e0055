"""``python -m grafherald_plugin``: what the executable in the plugin's folder runs."""

from __future__ import annotations

import os
import sys

from grafherald_plugin import serve

sys.exit(serve(os.environ))
