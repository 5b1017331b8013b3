"""Sealing: what is encrypted at rest, and with which key."""
