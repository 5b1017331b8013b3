"""Access: who calls, and whether they may come in at all. What they may do then is judged by the core."""
