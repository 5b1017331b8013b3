"""Analysis: pure functions over the graph of tasks. No clock, no store, no randomness but what is passed in."""
