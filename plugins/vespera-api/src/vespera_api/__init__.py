"""Vespera over HTTP: the operations table as REST, served by ``vespera serve`` or by any ASGI server."""
