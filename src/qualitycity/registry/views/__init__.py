"""Pages of the registry at the desk, by noun."""
