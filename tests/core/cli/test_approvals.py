"""What the commands of approvals print."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_a_person_sees_what_waits_and_says_yes(v: Any, terminal: Any, tmp_path: Path) -> None:
    roles = tmp_path / ".vespera" / "roles"
    roles.mkdir()
    (roles / "dev.yaml").write_text("name: dev\nrestrictions: {require_approval: [execution, completion]}\n")
    assert terminal("approval", "list").out == "Nothing waits for an approval.\n"
    task = v("create", "Release it", "--role", "dev").data["task"]["task_id"]
    refused = terminal("claim", task)
    assert refused.code == 1
    assert f"vespera approval approve {task}" in refused.err
    assert terminal("approval", "list").out.split() == [task, "execution", "waiting", "dev", "Release", "it"]
    assert "waits for a person" in terminal("ready", "--explain", task).out
    said = terminal("approval", "approve", task).out
    assert said == f"The execution of {task} is approved; it is pending now: Release it\n"
    fence = v("claim", task).data["fence"]
    assert terminal("complete", task, "--fence", str(fence)).out.startswith("In review until a person approves it:")
    sent = terminal("approval", "reject", task, "--reason", "Not yet")
    assert sent.out == f"The completion of {task} is rejected; it is pending now: Release it\n"
    assert terminal("approval", "approve", task).code == 4
    assert "rejected" in terminal("approvals", "list", "--all").out
