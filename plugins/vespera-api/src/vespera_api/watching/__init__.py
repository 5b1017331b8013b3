"""Watching: what operators see of a running server: probes, health, figures, logs and traces."""
