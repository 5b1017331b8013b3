"""Keys: where they are kept. A file of the workspace, the environment, or the key ring of the system."""
