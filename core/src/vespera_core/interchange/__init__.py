"""Interchange: other trackers' files become rows in our words, and our tasks become files that others read."""
