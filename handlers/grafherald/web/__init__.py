"""The board: what is wrong now, what was, what people do about it, and what was not delivered.

Everything on its pages is text from outside: it is cleaned where it is printed, escaped by the
templates, and no page may run or load anything but what the package brings along.
"""
