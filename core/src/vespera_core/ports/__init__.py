"""Ports: what the core asks of a backend, as small abstract classes, and how a plugin offers one."""
