"""The bridge: how event loops perform operations, which are synchronous. Every transport goes over this one.

Reads and writes wait in threads of their own, so that neither keeps the other from running: writes of many callers
meet in the store's group commit, which needs them to wait at the same time. Reads that have been short lately need no
thread (see `vespera_core.app.pacing`). A caller that goes away takes nothing back: what was begun is finished, and is
found again under its idempotency key.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vespera_core.app.pacing import Pace, shape_of
from vespera_core.errors import UnknownOperation

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller

T = TypeVar("T")

THREADS: Final = {"read": 8, "write": 64, "service": 8}
"""How many operations of each kind may be under way at a time; more of them queue."""


class Bridge:
    """Performs the operations of one kernel from coroutines. Close it, or use it in an ``async with`` block."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.after_write: Callable[[], None] = _nothing
        """Called on the event loop once something may have been written."""
        self._pace = Pace()
        self._pools: dict[str, ThreadPoolExecutor] = {
            kind: ThreadPoolExecutor(count, thread_name_prefix=f"vespera-{kind}") for kind, count in THREADS.items()
        }

    async def call(
        self, name: str, request: Any, caller: Caller, idempotency_key: str | None = None,
        finish: Callable[[Any], Any] | None = None,
    ) -> Any:  # fmt: skip
        """Perform an operation of the table, as `Kernel.run` does, with the context variables of the calling task.

        What `finish` makes of the answer is answered, made where the operation was performed: writing out a long answer
        keeps nobody else waiting. Raises what it raises. Cancelling stops the waiting, not the operation.
        """
        operation = self.kernel.operations.get(name)
        if operation is None:
            raise UnknownOperation(f"There is no operation {name!r}.", operation=name)

        def work() -> Any:
            answer = self.kernel.run(name, request, caller, idempotency_key)
            return answer if finish is None else finish(answer)

        if operation.kind != "read":
            return await self.run(work, operation.kind)
        shape = shape_of(name, request)
        if self._pace.is_short(shape):
            return self._pace.at_once(shape, work)
        return await self._run("read", partial(self._pace.measured, shape, work))

    async def run(self, work: Callable[[], T], kind: str = "service") -> T:
        """Run any blocking piece of work beside the operations of a kind."""
        try:
            return await self._run(kind, work)
        finally:
            if kind != "read":
                self.after_write()

    async def _run(self, kind: str, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._pools[kind], copy_context().run, work))

    def waiting(self) -> dict[str, int]:
        """How many operations of each kind wait for a thread."""
        return {kind: pool._work_queue.qsize() for kind, pool in self._pools.items()}  # noqa: SLF001

    async def close(self) -> None:
        """Wait until what is under way has ended; nothing more is taken."""
        for pool in self._pools.values():
            await asyncio.to_thread(pool.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _nothing() -> None:
    """Nobody wants to know."""
