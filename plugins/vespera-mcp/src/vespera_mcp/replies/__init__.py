"""Replies: what an operation answered, told in few tokens, and in no more than its caller has room for."""
