"""Description: what the server says of itself."""
