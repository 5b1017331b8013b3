"""The commands, one module a family: `vespera` imports only the one that was typed."""
