"""What an installed plugin does in a fresh process: what it imports as it loads, and as it says what it offers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from typing import Final, NamedTuple

from vespera_core.plugins.registry import KINDS

COLLECTING: Final = (*KINDS.values(), "vespera_operations", "vespera_role_templates")
"""The hooks that collect and ask for nothing."""

PROGRAM = """
import json, os, sys
os.environ["VESPERA_PLUGINS"], os.environ["VESPERA_BLOCK"] = "", ""
from vespera_core.app.application import load_plugins
from vespera_core.app.config import load_settings

def look(allow, block):
    os.environ["VESPERA_PLUGINS"], os.environ["VESPERA_BLOCK"] = allow, block
    plugins = load_plugins(load_settings(None), rescan=True)
    return plugins, {one.name: one.status for one in plugins.statuses if one.distribution != "vespera-core"}

def offer(plugins):
    for hook in json.loads(sys.argv[2]):
        plugins.collect(hook)

name = sys.argv[1]
plugins, _ = look("", "")
offer(plugins)
_, blocked = look(name, name)
before = set(sys.modules)
plugins, loaded = look(name, "")
after = set(sys.modules)
offer(plugins)
told = [blocked.get(name), loaded.get(name), *map(sorted, (before, after - before, set(sys.modules) - after))]
print(json.dumps(told))
"""


class Cold(NamedTuple):
    """A plugin's first minute: its status blocked and unblocked, and the modules that were there at which point."""

    blocked: str | None
    loaded: str | None
    before: frozenset[str]
    by_loading: frozenset[str]
    by_offering: frozenset[str]


@cache
def cold_start(plugin: str) -> Cold:
    """Block, load and question one plugin, without any other, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VESPERA_")}
    command = [sys.executable, "-P", "-c", PROGRAM, plugin, json.dumps(COLLECTING)]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    blocked, loaded, *modules = json.loads(done.stdout.splitlines()[-1])
    return Cold(blocked, loaded, *map(frozenset, modules))
