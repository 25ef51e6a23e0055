"""``python -m grafherald.plugin``: what the launchers in the plugin's folder run."""

from __future__ import annotations

import os
import sys

from grafherald.plugin import serve

sys.exit(serve(os.environ))
