"""A vector index of Vespera on Chroma. Found through its entry point; import nothing from here but the plugin."""
