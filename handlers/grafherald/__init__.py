"""An alert that arrives with its graph."""

__version__ = "0.1.0"
