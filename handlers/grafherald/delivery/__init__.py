"""An event on its way: kept with its deliveries, then each of them illustrated and sent."""
