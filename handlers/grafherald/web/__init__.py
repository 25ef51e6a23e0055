"""The board: what is wrong now, what was, and what could not be delivered, as pages.

Everything that is shown is text from outside: it is cleaned where it is printed, escaped by the
templates, and no page may run or load anything but what the package brings along.
"""
