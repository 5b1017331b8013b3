"""Roles for Vespera: sets of templates as role files, for small and for large teams."""
