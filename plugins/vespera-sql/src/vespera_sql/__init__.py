"""The default store of Vespera on SQLite. Found through its entry point; import nothing from here but the plugin."""
