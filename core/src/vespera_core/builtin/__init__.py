"""What ships inside the core, registered through the same hooks as any other plugin."""
