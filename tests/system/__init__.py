"""Everything at once: all ways in, all stores, real processes, one flow of work."""
