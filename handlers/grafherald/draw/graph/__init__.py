"""Time graphs: axes, series and their ink, and what stands beside them."""
