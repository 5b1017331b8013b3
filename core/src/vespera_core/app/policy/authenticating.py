"""Authenticating: whom credentials prove, asked of plugins. Every transport goes through this one function.

It says who calls; what they may do is judged for each operation.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from vespera_core.errors import EnvironmentFault, Unauthenticated
from vespera_core.ports.identity import Credentials, Identity

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

HOOK: Final = "vespera_authenticate"

_LOG: Final = logging.getLogger("vespera.access")


def authenticate(kernel: Kernel, credentials: Credentials) -> Identity:
    """Whom the credentials prove: the plugin that was installed last is asked first, and the first answer counts.

    Raises Unauthenticated where they prove nobody, and where a plugin fails on them; EnvironmentFault where that cannot
    be told at the moment, the store being busy, say.
    """
    for plugin, answer in reversed(list(kernel.plugins.call_each(HOOK, credentials=credentials, ledger=kernel))):
        if isinstance(answer, (Unauthenticated, EnvironmentFault)):
            raise answer
        if isinstance(answer, Identity):
            return answer
        if answer is not None:
            _LOG.error("plugin %s failed to check credentials: %s", plugin, type(answer).__name__)
            raise Unauthenticated(f"The plugin {plugin!r} failed to check what was sent.")
    raise Unauthenticated("What was sent proves nobody who may come in here.")
