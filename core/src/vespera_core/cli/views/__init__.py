"""Plain text for people: each view turns one answer into lines."""
