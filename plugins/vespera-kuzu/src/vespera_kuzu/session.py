"""One connection to the engine, and what must be minded about each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from vespera_core.errors import EngineFault

DEEPEST: Final = 65_535
"""The bound on hops that the engine can hold: it keeps 16 bits, and 65,537 would mean 1 to it."""

FEW: Final = 8
"""Up to so many ids it is quicker to ask for one at a time, by the index, than for all in one pass over the table."""


class Session:
    """A connection. Results are read to their end at once: one that outlives the database crashes the interpreter."""

    def __init__(self, module: Any, database: Any, threads: int) -> None:
        self.connection = module.Connection(database, num_threads=threads)
        self._asked = 0
        # At the default of 30 hops the engine says "no path" in silence; it is set for each connection, and first of
        # all, since a plan that was made before is kept.
        self.run(f"CALL var_length_extend_max_depth={DEEPEST}")

    @property
    def worn(self) -> bool:
        """Whether it is time for a new one: Kuzu keeps some 50 kB of each statement until its connection is closed."""
        return self._asked > 200

    def rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        """The rows of one statement. Raises EngineFault."""
        self._asked += 1
        try:
            result = self.connection.execute(text, parameters)
            try:
                rows: list[list[Any]] = result.get_all()
            finally:
                result.close()
        except Exception as error:
            raise EngineFault(f"The graph engine could not do its work: {str(error).strip()}") from error
        return rows

    def run(self, text: str, **parameters: Any) -> None:
        """Run one statement for its effect."""
        self.rows(text, **parameters)

    def for_each(self, ids: Iterable[str], node: str, rest: str) -> list[list[Any]]:
        """The rows of ``MATCH node rest`` for each id; `node` is like ``(t:Task {task_id: $id})``.

        An empty list is never sent: the engine takes it for an error.
        """
        wanted = list(ids)
        if len(wanted) > FEW:
            return self.rows(f"UNWIND $ids AS id MATCH {node.replace('$id', 'id')} {rest}", ids=wanted)
        return [row for one in wanted for row in self.rows(f"MATCH {node} {rest}", id=one)]

    def for_rows(self, rows: Sequence[dict[str, str]], one: str, many: str) -> list[list[Any]]:
        """The rows of `one` for each row of values, which are its parameters, or of `many` for all of them as ``r``."""
        if len(rows) <= FEW:
            return [found for values in rows for found in self.rows(one, **values)]
        return self.rows(f"UNWIND $rows AS r {many}", rows=list(rows))

    def begin(self, *, read_only: bool) -> None:
        """Begin a transaction; whatever fails in it ends it, and what follows would be on its own."""
        self.run("BEGIN TRANSACTION READ ONLY" if read_only else "BEGIN TRANSACTION")

    def roll_back(self) -> None:
        """End a transaction without effect; one that the engine has ended itself is fine."""
        with suppress(EngineFault):
            self.run("ROLLBACK")

    def close(self) -> None:
        self.connection.close()
