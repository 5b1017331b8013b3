"""The graph of tasks in an embedded graph database. Found through its entry point; import nothing but the plugin."""
