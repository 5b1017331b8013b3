"""Rules that look beyond one task: what readiness follows from, what would be a circle, what a task waits for."""
