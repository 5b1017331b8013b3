"""Roles: reading their files, knowing which are in force, and giving tasks to them."""
