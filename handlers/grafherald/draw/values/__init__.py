"""How a value is shown: its unit, its words, its colour."""
