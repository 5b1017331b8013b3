"""The context pack: all that a worker needs to know of one task, in as few tokens as it is allowed."""
