"""Small servers that behave as the real ones do, errors and slowness included."""
