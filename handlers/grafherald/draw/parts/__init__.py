"""What the larger panel types are put together from, or several of them share."""
