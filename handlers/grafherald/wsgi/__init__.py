"""What the HTTP routes of several parts have in common: who may, and how much is sent."""
