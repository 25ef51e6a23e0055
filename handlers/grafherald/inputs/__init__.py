"""Readers: bytes or variables in, events out; each is one module with one function, ``read``."""
