"""``python -m grafherald``: the same as the installed command."""

import sys

from grafherald.cli import main

sys.exit(main())
