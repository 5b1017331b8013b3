"""A client of the server: the same operations, models and errors, over HTTP."""

from vespera_api.client.client import Client
from vespera_api.client.errors import Unreachable

__all__ = ["Client", "Unreachable"]
