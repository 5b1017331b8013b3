"""The installed console script, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_one_line_of_json(w: Any) -> None:
    task = w("create", "Größe 🎉", "--json").data["task"]
    assert w("--json", "show", task["task_id"]).data["task"]["title"] == "Größe 🎉"
    assert w("ready", "--json").data["total"] == 1
    assert w("show", "t-none", "--json").code == 3
    assert w("show", "t-none", "--json").error["code"] == "not_found"


def test_bytes_that_are_no_text(w: Any) -> None:
    refused = w("create", b"caf\xe9", "--json")
    assert (refused.code, refused.error["code"]) == (2, "invalid_input")
    assert w("show", b"\xff", "--json").code == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_of_another_encoding(w: Any, encoding: str) -> None:
    w("create", "Größe 🎉 日本")
    assert "\\U0001f389" in w("list", PYTHONIOENCODING=encoding, PYTHONUTF8="0", decoded=encoding).out
    answer = w("list", "--json", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert answer.out.isascii()
    assert answer.data["tasks"][0]["title"] == "Größe 🎉 日本"


def test_a_reader_that_goes_away(w: Any, tmp_path: Path) -> None:
    lines = "\n".join(f'{{"title": "{"x" * 400} {number}"}}' for number in range(1000))
    w("create", "--stdin", stdin=lines.encode())
    script = Path(sys.executable).with_name("vespera")
    done = subprocess.run(["bash", "-c", f"'{script}' list --limit 0 | head -n 1"], capture_output=True, cwd=tmp_path)
    assert done.stdout == b"1,000 tasks\n"
    assert done.stderr == b""


def test_a_full_disk_under_the_answer(w: Any, tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("vespera")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([script, "list", "--json"], stdout=full, stderr=subprocess.PIPE, cwd=tmp_path)
    assert done.returncode == 5
    assert b"Traceback" not in done.stderr


PLUGIN = """
import click
from vespera_core.hookspecs import hookimpl

@hookimpl
def vespera_register_commands(cli):
    @cli.command("greet")
    @click.argument("name")
    @click.pass_obj
    def greet(run, name):
        "Greet somebody."
        run.show({"greeting": f"Hello {name}"}, lambda data: data["greeting"])

    @cli.command("ready")
    def ready():
        raise AssertionError("never reached")
"""
BROKEN = """
from vespera_core.hookspecs import hookimpl

@hookimpl
def vespera_register_commands(cli):
    @cli.command("half")
    def half():
        pass
    raise RuntimeError("out of order")
"""


def _install(site: Path, name: str, code: str) -> None:
    info = site / f"vespera_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vespera-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vespera.plugins]\n{name} = vespera_{name}\n")
    (site / f"vespera_{name}.py").write_text(code)


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    """An environment in which one good and one broken plugin are installed."""
    folder = tmp_path / "site"
    _install(folder, "hello", PLUGIN)
    _install(folder, "broken", BROKEN)
    return {"PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_commands_of_plugins(w: Any, site: dict[str, str]) -> None:
    greeted = w("greet", "Ann", **site)
    assert (greeted.code, greeted.out) == (0, "Hello Ann\n")
    assert "vespera-broken" in greeted.err
    assert "out of order" in greeted.err
    assert "'ready'" in greeted.err
    assert w("--json", "greet", "Ann", **site).data == {"greeting": "Hello Ann"}
    shown = w("--help", **site).out
    assert "From plugins" in shown
    assert "Greet somebody." in shown
    assert "half" not in shown
    assert w("half", **site).code == 2
    assert w("ready", "--json", **site).data["total"] == 0


def test_a_broken_plugin_is_found_by_check(w: Any, site: dict[str, str]) -> None:
    checked = w("plugins", "check", **site)
    assert checked.code == 1
    assert "out of order" in checked.out
    assert "VESPERA_BLOCK=broken" in checked.out
    assert w("plugins", "check", VESPERA_BLOCK="broken", **site).code == 0


def test_the_common_commands_import_little(w: Any, tmp_path: Path) -> None:
    w("ready")  # fills the discovery cache
    heavy = {"sqlalchemy", "alembic", "stevedore", "packaging", "importlib.metadata", "yaml", "difflib", "shutil"}
    code = (
        "import sys\nfrom vespera_core.cli.main import main\n"
        "main(['ready', '--json'])\nprint(*sys.modules, file=sys.stderr)"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, cwd=tmp_path, text=True)
    loaded = set(done.stderr.split())
    assert not loaded & heavy, loaded & heavy
    assert {name for name in loaded if name.startswith("vespera_core.cli.commands.")} == {
        "vespera_core.cli.commands.ready"
    }
