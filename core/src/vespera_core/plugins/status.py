"""What is known about a plugin: first as an entry found on the disk, then as what became of it."""

from __future__ import annotations

from typing import Literal

from vespera_core.model.record import record

CORE = "vespera-core"

# The version of the code that runs. Metadata of an installed copy could be that of other code, and reading it would
# cost every start an import of importlib.metadata. It is not taken from the package's `__version__` either: the public
# API knows the layers above this one. A test holds all three together.
CORE_VERSION = "0.1.0"

State = Literal["loaded", "blocked", "incompatible", "failed", "conflict", "found"]
"""What became of a plugin; ``found`` is one that was looked at where it lies, and neither installed nor imported."""


@record(frozen=True, slots=True)
class Found:
    """An entry point, as a scan saw it, before anything of the plugin is imported.

    `module` is the entry point's value, ``module`` or ``module:attribute``. `requires` is the specifier that the
    distribution's own metadata puts on vespera-core, "" for none, and `compatible` the verdict on it. `broken` says
    what could not be read of its metadata.
    """

    name: str
    module: str
    distribution: str
    version: str
    requires: str = ""
    compatible: bool = True
    broken: str = ""

    @property
    def origin(self) -> str:
        """The distribution and its version, as messages name them."""
        return f"{self.distribution} {self.version}"

    @property
    def title(self) -> str:
        """The plugin's full name in messages."""
        return f"plugin '{self.name}' ({self.origin})"


@record(frozen=True, slots=True)
class PluginStatus:
    """What became of a plugin.

    `reason` is one sentence and `next` a safe next step; both are "" while all is well. `hooks` are the hooks that it
    implements, as far as it came to be known. A plugin that failed in a hook stays registered: a policy must not
    vanish because the same plugin could not offer a store.
    """

    name: str
    distribution: str
    version: str
    module: str
    status: State
    reason: str = ""
    next: str = ""
    hooks: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """The distribution and its version, as messages name them."""
        return f"{self.distribution} {self.version}"

    @property
    def title(self) -> str:
        """The plugin's full name in messages."""
        return f"plugin '{self.name}' ({self.origin})"


def canonical(name: str) -> str:
    """A name with the freedoms of spelling removed that the package index grants distributions."""
    return name.lower().replace("_", "-").replace(".", "-")
