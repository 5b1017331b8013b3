"""The transport port: a way in for programs that do not share this process, such as HTTP or MCP.

A transport is a projection of the operations table. It performs operations through the one bridge of the core
(`vespera_core.app.bridge.Bridge`) and tells the core who calls; it holds no rule of the ledger itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Mount:
    """How a transport is carried by the server of another: at which path, and what answers there.

    `app` names, as ``module:attribute``, what makes a `vespera_core.app.network.mounting.Mounted` of a `Carrier`; it is
    imported when the path is first asked for. `takes` and `shows` are headers of its own, which pages of other sites
    may send and read where they are let in at all.
    """

    path: str
    app: str
    takes: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class Transport:
    """A way in on offer: its name, which is the `origin` of what comes through it, what it does, and how it is served.

    `command` names a click command as ``module:attribute``; it is imported when help is asked for or when a word is
    typed that is no command of the core, and added to the command line under its own name. `settings` are the defaults
    of its own table in the configuration, ``[transport.NAME]``; unknown keys in it are refused. `mount` is there where
    the server of another transport may carry this one as well.
    """

    name: str
    summary: str
    command: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    mount: Mount | None = None
