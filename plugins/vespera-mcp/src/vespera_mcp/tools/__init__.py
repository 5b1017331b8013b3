"""Tools: which there are, what they take, and which operations they stand for."""
