"""Readers: bytes or variables in, events out. A reader is one module with one function, ``read``."""
