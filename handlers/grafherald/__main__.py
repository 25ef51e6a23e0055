"""``python -m grafherald``: the same as the installed command."""

from grafherald.cli import command

command()
