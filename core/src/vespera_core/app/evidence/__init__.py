"""Evidence: what speaks for a task being done, and what its completion needs."""
