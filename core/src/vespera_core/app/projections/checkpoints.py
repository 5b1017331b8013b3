"""What the primary store remembers of a projection: which generation answers, how far each is, and what was given up.

All of it is notes, in no event and no version: losing them costs a rebuild and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vespera_core.app.projections.embedding import SPACE
from vespera_core.model.record import record

if TYPE_CHECKING:
    from vespera_core.ports.storage import Reader, Storage, UnitOfWork


@record(frozen=True, slots=True, kw_only=True)
class Live:
    """The generation that answers, the highest number that was ever given, the model of its vectors, and its maker."""

    generation: int = 0
    made: int = 0
    model: str = ""
    maker: str = ""


@record(frozen=True, slots=True)
class Parked:
    """A task that a projection could not take: at which version, after how many tries, and why."""

    version: int
    tries: int
    error: str


class Checkpoints:
    """The notes of one projection, named ``KIND/NAME``."""

    def __init__(self, storage: Storage, key: str) -> None:
        self._storage = storage
        self.key = key
        self._parked = f"parked:{key}"

    def live(self) -> Live:
        """The generation that answers; number 0 while there is none."""
        with self._storage.read() as reader:
            kept = reader.memos(SPACE).get(self.key)
        return Live(**kept) if isinstance(kept, dict) else Live()

    def set_live(self, live: Live, forgotten: Iterable[int] = ()) -> None:
        """Note which generation answers, and forget the positions of others, in one transaction."""
        values = {name: getattr(live, name) for name in Live.__dataclass_fields__}
        gone = {self._place(one): None for one in forgotten}
        self._storage.write(lambda unit: unit.put_memos(SPACE, {self.key: values, **gone}))

    def position(self, generation: int) -> int:
        """How far along the log a generation is."""
        with self._storage.read() as reader:
            return self._position(reader, generation)

    def _position(self, reader: Reader, generation: int) -> int:
        kept = reader.memos(SPACE).get(self._place(generation))
        return int(kept["position"]) if isinstance(kept, dict) else 0

    def _place(self, generation: int) -> str:
        return f"{self.key}/g{generation}"

    def parked(self) -> dict[str, Parked]:
        """Tasks that the projection could not take, by id."""
        with self._storage.read() as reader:
            return {one: Parked(**kept) for one, kept in reader.memos(self._parked).items()}

    def advance(self, generation: int, position: int, parked: Mapping[str, Parked | None]) -> None:
        """Move a generation's position, and park tasks or (None) let them go, in one transaction."""
        notes: dict[str, Any] = {
            one: None if why is None else {"version": why.version, "tries": why.tries, "error": why.error}
            for one, why in parked.items()
        }

        def work(unit: UnitOfWork) -> None:
            unit.put_memos(SPACE, {self._place(generation): {"position": position}})
            if notes:
                unit.put_memos(self._parked, notes)

        self._storage.write(work)
