"""A model that is none: the Messages API on this machine, which asks for the tools of a script, one after another."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

PROMPT: Final = "Follow the script of the recording."
"""What the client is asked in the conversation that is recorded; in any other, the model only says a word."""


@dataclass(frozen=True)
class Step:
    """One use of a tool, and whether the guard has to allow it."""

    tool: str
    asked: dict[str, Any]
    allowed: bool = True

    def id_at(self, place: int) -> str:
        """The id of its use, which comes back with the result."""
        return f"toolu_{place:02d}{self.tool[:12]}"


@dataclass
class Model:
    """Serves the script to one client, and keeps what came of each step, and when it was asked for."""

    steps: list[Step]
    moments: list[int] = field(default_factory=list)
    results: dict[str, tuple[bool, str]] = field(default_factory=dict)

    def serve(self) -> str:
        """Listen until this process ends; answers the address."""
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if "count_tokens" in self.path:
                    self._send("application/json", [json.dumps({"input_tokens": 1})])
                elif request.get("stream"):
                    self._send("text/event-stream", _events(model.answer(request)))
                else:
                    self._send("application/json", [json.dumps(model.answer(request))])

            def _send(self, kind: str, parts: Iterator[str] | list[str]) -> None:
                self.send_response(200)
                self.send_header("content-type", kind)
                self.end_headers()
                self.wfile.writelines(part.encode() for part in parts)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The next step of the script in its conversation; a word in others, such as those of subagents."""
        if not request.get("tools") or PROMPT not in json.dumps(request["messages"][0]):
            return _message(request, [{"type": "text", "text": "Done."}], "end_turn")
        self._keep(request["messages"])
        place = len(self.results)
        if place == len(self.steps):
            return _message(request, [{"type": "text", "text": "The script is over."}], "end_turn")
        step = self.steps[place]
        self.moments.append(time.time_ns())
        use = {"type": "tool_use", "id": step.id_at(place), "name": step.tool, "input": step.asked}
        return _message(request, [use], "tool_use")

    def _keep(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            blocks = message["content"] if isinstance(message["content"], list) else []
            for block in blocks:
                if block["type"] == "tool_result":
                    self.results[block["tool_use_id"]] = (bool(block.get("is_error")), _text(block.get("content")))


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def _message(request: dict[str, Any], content: list[dict[str, Any]], stop: str) -> dict[str, Any]:
    return {
        "id": "msg_recording", "type": "message", "role": "assistant", "model": request["model"], "content": content,
        "stop_reason": stop, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip


def _events(message: dict[str, Any]) -> Iterator[str]:
    """A message as the stream of server-sent events that the client reads."""
    yield _event("message_start", message={**message, "content": [], "stop_reason": None})
    for index, block in enumerate(message["content"]):
        empty, delta = _streamed(block)
        yield _event("content_block_start", index=index, content_block=empty)
        yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage={"output_tokens": 1})
    yield _event("message_stop")


def _streamed(block: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if block["type"] == "text":
        return {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
    return {**block, "input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}


def _event(kind: str, **data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"
