"""Offers: the tools of a server for each workspace and role, made when they are first asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vespera_core.app.policy.capabilities import rule_of
from vespera_core.errors import NoWorkspace
from vespera_core.model.record import record
from vespera_mcp.tools.offer import Offer, Selection, offer_of

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.roles.catalogue import Catalogue
    from vespera_core.model.role import RoleDefinition
    from vespera_core.ports.access import Caller
    from vespera_core.ports.operation import Operation
    from vespera_mcp.workspaces import Place, Workspaces


@record(frozen=True, slots=True)
class _Made:
    """An offer, and the roles that it was made by."""

    offer: Offer
    catalogue: Catalogue | None


class Offers:
    """Tools by workspace and role. `local` says that callers have the files of this machine in their hands."""

    def __init__(self, selection: Selection, *, local: bool) -> None:
        self._selection = selection
        self._local = local
        self._made: dict[tuple[Kernel | None, str | None], _Made] = {}

    async def usual(self, workspaces: Workspaces, caller: Caller | None) -> Offer:
        """The tools where no workspace is named; those that any has, where there is none."""
        try:
            place = await workspaces.place(None)
        except NoWorkspace:
            return await asyncio.to_thread(self._anywhere)
        return await self.of(place, caller)

    async def of(self, place: Place, caller: Caller | None) -> Offer:
        """The tools of a workspace for a caller. Raises UnknownRole and RoleFault for a role that is none."""
        kernel, role = place.ledger.kernel, (caller or place.ledger.caller).role
        if role is None:
            return self._plain(kernel)
        return await place.bridge.run(lambda: self._for_role(kernel, role), "read")

    def _plain(self, kernel: Kernel) -> Offer:
        known = self._made.get((kernel, None))
        if known is None:
            offer = offer_of(kernel.operations, self._selection, local=self._local)
            known = self._made[kernel, None] = _Made(offer, None)
        return known.offer

    def _for_role(self, kernel: Kernel, role: str) -> Offer:
        catalogue = kernel.roles.catalogue()
        known = self._made.get((kernel, role))
        if known is None or known.catalogue is not catalogue:
            found = catalogue.get(role) if catalogue.in_force else catalogue.find(role)
            offer = offer_of(
                kernel.operations, self._selection, local=self._local, forbidden=lambda one: _is_forbidden(found, one)
            )
            known = self._made[kernel, role] = _Made(offer, catalogue)
        return known.offer

    def _anywhere(self) -> Offer:
        """What every workspace offers: the operations of the plugins that are installed here."""
        known = self._made.get((None, None))
        if known is None:
            from vespera_core.app.application import Vespera

            with Vespera.in_memory() as ledger:
                offer = offer_of(ledger.kernel.operations, self._selection, local=self._local)
            known = self._made[None, None] = _Made(offer, None)
        return known.offer


def _is_forbidden(role: RoleDefinition | None, operation: Operation) -> bool:
    """Whether a role stands against an operation, whatever was granted to who works in it."""
    rule = rule_of(operation.name, operation.action)
    return rule.who == "person" or (role is not None and rule.forbids(role))
