"""The whole chain on one machine: stand-ins for what can't run here, and a page of what arrived."""
