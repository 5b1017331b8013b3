"""Audit: whether the log is what was written."""
