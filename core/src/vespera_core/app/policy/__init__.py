"""Policy: who may do what. Principals, members and grants are entities; the table of capabilities is code."""
