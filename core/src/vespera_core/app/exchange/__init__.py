"""Import and export: a foreign file becomes tasks, and tasks become a file."""
