"""Replies: what an operation answered, told in few tokens."""
