"""Hints: the core's next steps, which name commands of the command line, told in words of HTTP.

What can only be done at the server's machine keeps its command: whoever runs the server is told of it.
"""

from __future__ import annotations

import re
from typing import Final

_ID: Final = r"(\S+)"
_TABLE: Final = (
    ("show ID", r"GET /tasks/\1"),
    ("list --limit 0", "GET /tasks?limit=0"),
    (rf"list --status {_ID} --project ID", r"GET /tasks?status=\1&project_id=\2"),
    ("next", "GET /tasks/next"),
    ("claim", "POST /tasks/claim"),
    ("claim ID", r"POST /tasks/\1/claim"),
    ("heartbeat ID", r"POST /tasks/\1/heartbeat"),
    ("restore ID", r"POST /tasks/\1/restore"),
    ("tree ID", r"GET /tasks/\1/tree"),
    ("ready --explain ID", r"GET /tasks/\1/explanation"),
    ("dep tree ID", r"GET /tasks/\1/dependencies/tree"),
    ("dep cycles", "GET /tasks/cycles"),
    ("history ID", r"GET /tasks/\1/history"),
    ("history", "GET /events"),
    ("evidence list ID", r"GET /tasks/\1/evidence"),
    ("evidence add ID .*", r"POST /tasks/\1/evidence"),
    ("approval list", "GET /approvals"),
    ("approval approve ID", r"POST /tasks/\1/approve"),
    ("project list", "GET /projects"),
    ("project show ID", r"GET /projects/\1"),
    ("project create ID", "POST /projects"),
    ("project update ID --status active", r"PATCH /projects/\1"),
    ("role list", "GET /roles"),
    ("role validate", "POST /roles/validate"),
    ("role suitable --task ID", r"GET /roles/suitable?task_id=\1"),
    ("run list", "GET /runs"),
    ("run status ID", r"GET /runs/\1"),
    ("principal list", "GET /principals"),
    ("principal add ID", "POST /principals"),
    ("member list", "GET /members"),
    ("grant list", "GET /grants"),
    ("token list", "GET /tokens"),
    ("call webhook.list", "GET /webhooks"),
    ("call webhook.deliveries webhook_id=ID", r"GET /webhooks/\1/deliveries"),
    ("registration list", "GET /plugins"),
    ("services(?: status)?", "GET /services"),
    ("rebuild(?: [a-z]+)?", "POST /indexes/rebuild"),
    ("audit verify", "GET /events/verify"),
    ("keys status", "GET /keys"),
    ("plugins(?: check)?", "GET /system/plugins"),
    ("doctor", "GET /system/doctor"),
    ("export", "GET /export"),
    ("backup", "GET /system/backup"),
)
_REQUESTS: Final = tuple((re.compile(words.replace("ID", _ID)), request) for words, request in _TABLE)
_COMMAND: Final = re.compile(r"(\b[Rr]un )?'vespera ([^']+)'")
_OPTION: Final = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")
_NAMES: Final = {"actor": "Vespera-Actor", "project": "project_id"}
_SENT: Final = {"Run ": "Send ", "run ": "send "}


def told(hint: str) -> str:
    """A next step, with requests in place of commands and fields in place of options."""
    if "'vespera " not in hint and "--" not in hint:
        return hint
    kept = _COMMAND.split(hint)
    return "".join(
        _request(kept[at - 1] or "", part) if at % 3 == 2 else _plain(part)
        for at, part in enumerate(kept)
        if at % 3 != 1
    )


def _request(run: str, words: str) -> str:
    for pattern, request in _REQUESTS:
        if found := pattern.fullmatch(words):
            method, _, path = found.expand(request).partition(" ")
            return f"{_SENT.get(run, '')}'{method} /api/v1{path}'"
    return f"{run}'vespera {words}'"


def _plain(text: str) -> str:
    return _OPTION.sub(lambda found: _NAMES.get(found[1], found[1].replace("-", "_")), text)
