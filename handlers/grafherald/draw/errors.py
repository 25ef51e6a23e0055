"""Why a panel is not drawn."""

from grafherald.errors import GraphError


class CannotDraw(GraphError):
    """The panel would come out wrong, or not at all; the message is one sentence that says why."""
