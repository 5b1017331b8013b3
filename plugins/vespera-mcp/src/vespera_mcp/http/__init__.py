"""Streamable HTTP: requests of both eras, sessions and streams, mounted or on a server of its own."""
