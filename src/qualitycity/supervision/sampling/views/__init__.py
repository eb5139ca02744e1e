"""Pages of supervision sampling, by noun."""
