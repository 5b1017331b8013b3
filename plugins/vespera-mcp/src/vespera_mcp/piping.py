"""Piping: the server over standard input and output, for the client that started it.

Nothing but the protocol goes to standard output; what else there is to say goes to standard error.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

import anyio
from mcp.server.stdio import stdio_server

from vespera_mcp.answering.desk import Desk
from vespera_mcp.answering.offers import Offers
from vespera_mcp.server import server_of

if TYPE_CHECKING:
    from vespera_mcp.tools.offer import Selection
    from vespera_mcp.workspaces import OpenedWorkspaces

_LOG: Final = logging.getLogger("vespera.mcp")


def pipe(workspaces: OpenedWorkspaces, selection: Selection) -> None:
    """Serve until the client closes its end."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    anyio.run(_serve, workspaces, selection)


async def _serve(workspaces: OpenedWorkspaces, selection: Selection) -> None:
    server = server_of(Desk(workspaces, Offers(selection, local=True)))
    try:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    except* BrokenPipeError:
        _LOG.debug("the client reads no more")
    finally:
        with anyio.CancelScope(shield=True):
            await workspaces.close()
