"""The in-process graph: tasks and arrows from the primary store, kept in step with the log."""
