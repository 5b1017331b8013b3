"""The executors that ship: a command in a process group of its own, and the calling agent itself."""
