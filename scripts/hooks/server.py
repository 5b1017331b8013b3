"""A server of the Model Context Protocol with one tool, so that the client has one to ask the guard about."""

from __future__ import annotations

import json
import sys
from typing import Any

TOOL = {
    "name": "note",
    "description": "Takes a note.",
    "inputSchema": {"type": "object", "properties": {"file_path": {"type": "string"}}},
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What each method answers, by the specification of 2024-11-05."""
    match request["method"]:
        case "initialize":
            version = request["params"]["protocolVersion"]
            return {
                "protocolVersion": version, "capabilities": {"tools": {}},
                "serverInfo": {"name": "notes", "version": "1"},
            }  # fmt: skip
        case "tools/list":
            return {"tools": [TOOL]}
        case "tools/call":
            return {"content": [{"type": "text", "text": "Noted."}]}
    return {}


for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer(asked)}), flush=True)
