"""Opening and closing: one owner, one engine, bounded memory, and settings that are looked at."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plugins.kuzu.support import TESTS, Truth, assert_same, chain, opened, projected, python
from vespera_core.app.application import load_plugins
from vespera_core.app.config import Settings
from vespera_core.app.engines.child import Opening
from vespera_core.app.engines.isolation import isolated
from vespera_core.errors import ConfigError, EngineFault
from vespera_core.plugins.registry import Registry
from vespera_kuzu.engine import MODULES, installed
from vespera_kuzu.graph import KuzuGraph
from vespera_kuzu.manifest import Manifest, read_manifest, write_manifest
from vespera_kuzu.plugin import SETTINGS, open_graph


def test_describing_loads_no_engine() -> None:
    done = python(
        "import sys, vespera_kuzu.plugin as p; list(p.vespera_graphs().settings);"
        f"print([name for name in {MODULES!r} if name in sys.modules], 'vespera_kuzu.graph' in sys.modules)"
    )
    assert done.stdout == "[] False\n", done.stderr


def test_the_registry_finds_it() -> None:
    provider = Registry(load_plugins(Settings(graph="kuzu"))).select("graph", "kuzu")
    assert (provider.open, provider.isolated) == (open_graph, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("engine", "neo4j"), ("buffer_pool_mb", 8), ("buffer_pool_mb", "128"), ("max_db_mb", True), ("threads", 0),
        ("threads", 1.5), ("query_timeout_seconds", 0), ("query_timeout_seconds", None),
    ],
)  # fmt: skip
def test_settings_are_looked_at(folder: Path, name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        opened(folder, **{name: value})
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("size", [100, 1000, 4096])
def test_any_size_becomes_one_that_the_engine_takes(folder: Path, size: int) -> None:
    opened(folder, max_db_mb=size, buffer_pool_mb=64, threads=1, query_timeout_seconds=1.5).close()


def test_closing_twice_and_using_it_afterwards(graph: KuzuGraph) -> None:
    graph.close()
    graph.close()
    with pytest.raises(EngineFault, match="closed"):
        graph.versions()
    with pytest.raises(EngineFault, match="closed"):
        graph.apply([projected("a")], [])


def test_nothing_is_left_beside_the_file_after_closing(graph: KuzuGraph, folder: Path) -> None:
    graph.apply([projected("a")], [])
    graph.close()
    assert sorted(path.name for path in folder.iterdir()) == ["graph.kuzu", "manifest.json", "owner.lock"]
    again = opened(folder)
    assert again.versions() == {"a": 1}
    again.close()
    opened(folder).close()


def test_the_same_place_is_not_opened_twice_in_a_process(graph: KuzuGraph, folder: Path) -> None:
    """The engine would: two such objects lose each other's writes without a word."""
    link = folder.parent / "link"
    link.symlink_to(folder)
    for place in (folder, link):
        with pytest.raises(EngineFault, match="open in another process or place") as raised:
            opened(place)
        assert "rebuild" not in raised.value.next
    graph.apply([projected("a")], [])
    assert graph.versions() == {"a": 1}


HOLD = """
import sys
from pathlib import Path
from plugins.kuzu.support import opened, projected
graph = opened(Path(sys.argv[1]))
graph.apply([projected("a")], [])
print("open", flush=True)
sys.stdin.read()
"""


def test_another_process_that_holds_it_is_named(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)}, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(EngineFault, match="open in another process"):
            opened(folder)
        holder.kill()
    graph = opened(folder)
    assert graph.versions() == {"a": 1}
    graph.close()


def test_the_end_of_the_interpreter_closes_it(folder: Path) -> None:
    done = python(HOLD.replace("sys.stdin.read()", ""), str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == ["graph.kuzu", "manifest.json", "owner.lock"]


FORK = """
import os, sys
from pathlib import Path
from plugins.kuzu.support import opened, projected
from vespera_core.errors import EngineFault
graph = opened(Path(sys.argv[1]))
graph.apply([projected("a")], [])
child = os.fork()
if child == 0:
    for act in (graph.versions, graph.structure, lambda: graph.apply([projected("b")], [])):
        try:
            act()
        except EngineFault as error:
            assert "forked" in error.message
        else:
            os._exit(3)
    graph.close()
    del graph
    sys.exit(0)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
graph.apply([projected("c")], [])
assert graph.versions() == {"a": 1, "c": 1}
graph.close()
graph = opened(Path(sys.argv[1]))
assert graph.versions() == {"a": 1, "c": 1}
graph.close()
sys.exit(status)
"""


def test_a_forked_child_is_told_and_ends(folder: Path) -> None:
    """The engine itself would hang in it, even on letting go."""
    done = python(FORK, str(folder), seconds=60)
    assert (done.returncode, done.stderr) == (0, "")


BOUNDED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]) * 2**20,) * 2)
from plugins.kuzu.support import chain, opened
from vespera_core.errors import EngineFault
try:
    graph = opened(Path(sys.argv[1]), max_db_mb=1024, buffer_pool_mb=64)
except EngineFault as error:
    print(error.message, error.next)
else:
    graph.load(chain(2000))
    print(len(graph.versions()))
    graph.close()
"""


def test_address_space_is_bounded(folder: Path) -> None:
    assert python(BOUNDED, str(folder), "4096").stdout == "2000\n"


def test_too_little_memory_is_told(folder: Path) -> None:
    done = python(BOUNDED, str(folder), "900")
    assert "too little memory" in done.stdout, done.stderr
    assert "buffer_pool_mb" in done.stdout


FILL = """
import sys
from pathlib import Path
from plugins.kuzu.support import opened, projected
graph = opened(Path(sys.argv[1]), buffer_pool_mb=64)
graph.load(projected(f"t{n}", *(f"t{n - k}" for k in (1, 2, 3) if n >= k)) for n in range(20_000))
graph.close()
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read where Linux tells it")
def test_a_load_stays_within_its_memory(folder: Path) -> None:
    """The engine's own default would take up to four fifths of the machine's memory."""
    done = python(FILL, str(folder))
    assert int(done.stdout) < 400 * 1024, done.stderr


# ---------------------------------------------------------------- engines


def written(folder: Path, **changes: Any) -> None:
    """Change what the note says, as another version would have written it."""
    manifest = read_manifest(folder)
    assert manifest is not None
    fields = {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}
    write_manifest(folder, Manifest(**{**fields, **changes}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"engine": "ryugraph"}, "written by ryugraph"), ({"version": "0.0.1"}, r"0\.0\.1"),
        ({"storage": 1}, "cannot be trusted"), ({"format": 99}, "format 99"),
    ],
)  # fmt: skip
def test_files_of_another_engine_or_version_are_refused(
    graph: KuzuGraph, folder: Path, changes: dict[str, Any], words: str
) -> None:
    graph.close()
    written(folder, **changes)
    before = (folder / "graph.kuzu").read_bytes()
    with pytest.raises(EngineFault, match=words) as raised:
        opened(folder)
    assert "vespera rebuild graph" in raised.value.next
    assert (folder / "graph.kuzu").read_bytes() == before


def test_an_engine_that_is_not_installed_is_named(folder: Path) -> None:
    missing = [name for name in MODULES if name not in installed()]
    if not missing:
        pytest.skip("both engines are installed here")
    with pytest.raises(EngineFault, match=missing[0]) as raised:
        opened(folder, engine=missing[0])
    assert f"pip install {missing[0]}" in raised.value.next


def test_the_engine_is_found_by_name(folder: Path) -> None:
    name = installed()[0]
    assert importlib.util.find_spec(name) is not None
    opened(folder, engine=name).close()
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.engine == name


# ---------------------------------------------------------------- where the core opens it


def test_everything_crosses_to_a_child_process(folder: Path) -> None:
    far = isolated(Opening(open_graph, SETTINGS, str(folder), "vespera-far", 0, ""), "graph", "kuzu", None)
    truth = Truth(chain(600))
    assert far.load(iter(truth.live.values())) == 600
    batch = [projected("z", "c00000", title="z")]
    far.apply(batch, [])
    truth.apply(batch, [])
    assert_same(far, truth)
    assert (far.path("z", "c00001"), far.reach(["z"], "prerequisites", 1)) == (["z", "c00000", "c00001"], {"c00000": 1})
    assert far.query("MATCH (t:Task {task_id: $id}) RETURN t.title", {"id": "z"}).rows == (("z",),)
    far.close()
    shutil.rmtree(folder)
