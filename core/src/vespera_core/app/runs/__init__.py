"""Runs: work on claimed tasks, started, watched, retried and recorded."""
