"""Looking for damage inside the graph: whether its index and its tables tell the same story."""

from __future__ import annotations

from typing import Final

from vespera_core.errors import EngineFault
from vespera_core.ports.storage import Finding
from vespera_kuzu.schema import TABLES
from vespera_kuzu.session import Session

_CHECK: Final = "graph.kuzu"
_SAMPLE: Final = 500
"""How many tasks are looked up by the index: each takes about a millisecond."""


def findings(session: Session) -> list[Finding]:
    """Count everything from both ends, and look some tasks up by the index. Changes nothing."""
    try:
        wrong = _wrong(session)
    except EngineFault as error:
        wrong = error.message
    if wrong:
        return [Finding(_CHECK, "damage", f"{wrong} Make it anew with 'vespera rebuild graph'; nothing is lost.")]
    return []


def _wrong(session: Session) -> str:
    held = [row[0] for row in session.rows("MATCH (t:Task) RETURN t.task_id")]
    some = held[:: len(held) // _SAMPLE + 1]
    lost = [one for one in some if session.rows("MATCH (t:Task {task_id: $id}) RETURN t.task_id", id=one) != [[one]]]
    if lost or len(set(held)) != len(held):
        return f"The graph's index does not find {len(lost)} of {len(some)} tasks, or finds some twice."
    for table in TABLES:
        forth = session.rows(f"MATCH (s:Task)-[e:{table}]->(x) RETURN count(*)")[0][0]
        back = session.rows(f"MATCH (x)<-[e:{table}]-(s:Task) WITH x, count(*) AS n RETURN sum(n)")[0][0] or 0
        if forth != back:
            return f"{forth} arrows of {table} start at tasks, and {back} lead to something."
    return ""
