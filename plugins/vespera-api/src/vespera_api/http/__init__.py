"""HTTP: how requests become inputs of operations, and answers become responses."""
