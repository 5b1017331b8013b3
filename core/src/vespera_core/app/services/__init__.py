"""Services: background work, and the manager that runs it."""
