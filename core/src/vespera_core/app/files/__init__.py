"""Files of the workspace: which tasks are about one, and tasks that are made from a place in one."""
