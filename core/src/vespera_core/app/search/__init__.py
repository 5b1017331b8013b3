"""Search: by words and by meaning, and what else likeness is good for."""
