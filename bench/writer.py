"""A child process that creates tasks beside others: ``python -m bench.writer ours|raw FOLDER FINISHED INDEX COUNT``.

It says that it is ready, waits for a line, and then prints what each create took.
"""

from __future__ import annotations

import json
import random
import sys
from functools import partial
from pathlib import Path

from bench.measure import Cost, timed
from bench.raw import RawWriter, Rows, rows_after
from bench.stores import Text, database, opened, text


def _wait() -> None:
    print("true", flush=True)
    sys.stdin.readline()


def write_ours(folder: Path, texts: list[Text]) -> list[Cost]:
    """Create through the API."""
    with opened(folder) as ledger:
        _wait()
        create = ledger.tasks.create_task
        return [timed(partial(create, one.title, description=one.description)) for one in texts]


def write_raw(folder: Path, rows: Rows) -> list[Cost]:
    """Write finished rows."""
    writer = RawWriter(database(folder))
    _wait()
    single = [Rows([task], [event], [words], []) for task, event, words in zip(*rows[:3], strict=True)]
    return [timed(partial(writer.create, one)) for one in single]


def main() -> None:
    """Create so many tasks, and print the costs as one line of JSON."""
    kind, folder, finished = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    index, count = int(sys.argv[4]), int(sys.argv[5])
    if kind == "ours":
        source = random.Random(index)
        costs = write_ours(folder, [text(source) for _ in range(count)])
    else:
        mine = slice(index * count, (index + 1) * count)
        costs = write_raw(folder, Rows(*(rows[mine] for rows in rows_after(database(finished)))))
    print(json.dumps(costs), flush=True)


if __name__ == "__main__":
    main()
