"""The raw limit of the server: bare FastAPI routes in a process of their own, ``python -m bench.bare FOLDER``.

`FOLDER` is a workspace that holds one task. A request makes the rows that a task of ours makes (the task, its event,
its words), copies of that one's but for what has to differ, by sqlite3 in one transaction made durable at once. All
of it happens on the event loop: a thread for each request, which FastAPI would take for a plain function, is slower.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

from bench.raw import RawWriter, Rows, rows_after
from bench.stores import database
from vespera_core.app.network.listening import bound

LINE = {"id": "bench-1", "title": "A task", "status": "pending", "priority": 2}


class NewTask(BaseModel):
    """What a request says."""

    title: str
    description: str = ""
    priority: int = 2


class Copies:
    """Makes the rows of new tasks out of those of a finished one."""

    def __init__(self, path: Path) -> None:
        self._rows = rows_after(path)
        self._writer = RawWriter(path)
        execute = self._writer.connection.execute
        self._columns = {
            table: [row[1] for row in execute(f"PRAGMA table_info({table})")] for table in ("task", "event")
        }
        self._row = execute("SELECT max(row) FROM task").fetchone()[0]
        self._seq = execute("SELECT max(seq) FROM event").fetchone()[0]

    def create(self, asked: NewTask) -> dict[str, Any]:
        """Write the rows of one task, and answer it."""
        self._row += 1
        self._seq += 1
        task_id = f"bench-{uuid4().hex[:8]}"
        said = {**asked.model_dump(), "created_at": datetime.now(UTC).isoformat()}
        task = self._copy("task", self._rows.tasks[0], {"row": self._row, "task_id": task_id, **asked.model_dump()})
        changed = {"seq": self._seq, "event_id": uuid4().hex, "entity": task_id}
        event = self._copy("event", self._rows.events[0], changed)
        text = (self._row, asked.title, asked.description, "", "")
        self._writer.create(Rows([task], [event], [text], []))
        return {"task_id": task_id, **said}

    def _copy(self, table: str, row: tuple[Any, ...], other: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(other.get(name, value) for name, value in zip(self._columns[table], row, strict=True))


def app_over(folder: Path) -> FastAPI:
    """The bare application."""
    app, copies = FastAPI(), Copies(database(folder))

    @app.get("/line")
    async def line() -> dict[str, Any]:
        return LINE

    ears: set[WebSocket] = set()

    @app.post("/tasks", status_code=201)
    async def create(asked: NewTask) -> dict[str, Any]:
        made = copies.create(asked)
        for ear in ears:
            await ear.send_json(made)
        return made

    @app.websocket("/ws")
    async def listen(ear: WebSocket) -> None:
        await ear.accept()
        ears.add(ear)
        with suppress(WebSocketDisconnect):
            while True:
                await ear.receive_text()
        ears.discard(ear)

    return app


def main() -> None:
    """Serve until told to end, with the settings that Vespera's own server has."""
    app = app_over(Path(sys.argv[1]))
    with bound("127.0.0.1", 0) as listener:
        listener.listen(2048)
        print(json.dumps({"data": {"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}}), flush=True)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, date_header=False, timeout_keep_alive=30
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
