"""`vespera plugins check PATH`: what is wrong with a plugin that is not installed yet."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

CODE = """
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.provider import Provider

@hookimpl
def vespera_graphs():
    return Provider(name="acme", summary="s", open=lambda settings, context: None)
"""
PROJECT = """
[project]
name = "acme-graph"
version = "0.9"
dependencies = [{demand}]

[project.entry-points."vespera.plugins"]
{name} = "{point}"
"""


def project(folder: Path, code: str = "plugin = __import__('types').ModuleType('x')\n", **facts: str) -> Path:
    """A project of one module."""
    known = {"name": "acme", "demand": '"vespera-core>=0.1,<0.2"', "point": "acme_graph:plugin"}
    text = PROJECT.format(**{**known, **facts})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    if code:
        (folder / "acme_graph.py").write_text(code, encoding="utf-8")
    return folder


def test_a_project_is_judged_without_being_imported(w: Any, tmp_path: Path) -> None:
    path = str(project(tmp_path / "acme", code="raise SystemExit('imported')\n"))
    done = w("plugins", "check", path)
    assert done.code == 0
    assert done.out == (
        "acme  acme-graph  0.9  found\nIt was not imported: '--import' does that, in a process of its own.\n"
        "All is well.\n"
    )
    assert w("plugins", "check", path, "--import").out == (
        "acme  acme-graph  0.9  failed  plugin 'acme' (acme-graph 0.9) failed to load: SystemExit: imported.\n"
        "next: Reinstall it, or block it with VESPERA_BLOCK=acme.\nNot all is well.\n"
    )


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        ({"demand": '"vespera-core>=7"'}, "incompatible", "needs vespera-core>=7, running 0.1.0: not loaded."),
        ({"name": "kuzu"}, "conflict", "plugin name 'kuzu' is used by vespera-kuzu 0.1.0 and acme-graph 0.9:"),
        ({"name": "builtin"}, "conflict", "built into vespera-core"),
        ({"code": ""}, "failed", "has no module 'acme_graph'."),
        ({"point": "../../acme"}, "failed", "has no module '../../acme'."),
    ],
)
def test_what_is_wrong_with_a_project(v: Any, tmp_path: Path, facts: dict[str, str], status: str, words: str) -> None:
    done = v("plugins", "check", str(project(tmp_path / "acme", **facts)))
    assert done.code == 1
    (found,) = json.loads(done.out)["data"]["plugins"]
    assert found["status"] == status
    assert words in found["reason"]
    assert found["next"]


def test_a_range_without_an_end_is_remarked_on(w: Any, tmp_path: Path) -> None:
    said = w("plugins", "check", str(project(tmp_path / "acme", demand='"vespera-core"')))
    assert said.code == 0
    assert "acme-graph 0.9 sets no upper bound on vespera-core: state a range such as >=0.1,<0.2." in said.out


def wheel(folder: Path, module: str, code: str = "", points: str = "[vespera.plugins]\nacme = acme_graph\n") -> Path:
    """A wheel of one module."""
    path = folder / "acme_graph-0.9-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(module, code)
        info = "acme_graph-0.9.dist-info"
        demand = "Requires-Dist: vespera-core<0.2,>=0.1\n"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: acme-graph\nVersion: 0.9\n{demand}")
        archive.writestr(f"{info}/entry_points.txt", points)
    return path


def test_a_wheel_is_judged_and_imported(w: Any, tmp_path: Path) -> None:
    path = wheel(tmp_path, "acme_graph/__init__.py", CODE)
    assert w("plugins", "check", str(path)).out.startswith("acme  acme-graph  0.9  found\n")
    told = w("plugins", "check", str(path), "--import").out
    assert told == "acme  acme-graph  0.9  loaded\noffers graph acme\nAll is well.\n"


def test_what_is_offered_by_two_is_remarked_on(w: Any, tmp_path: Path) -> None:
    path = str(project(tmp_path / "acme", CODE.replace('"acme"', '"kuzu"'), point="acme_graph"))
    said = w("plugins", "check", path, "--import")
    assert said.code == 0
    assert "graph kuzu is offered by vespera-kuzu 0.1.0 too: whoever installs both has to choose.\n" in said.out
    assert "too:" not in w("plugins", "check", path, "--import", VESPERA_BLOCK="kuzu").out
    line = "name='task.get', summary='s', input='a:b', output='a:b', handler='a:b', action='a.read', kind='read'"
    head = "\nfrom vespera_core.ports.operation import Operation\n\n@hookimpl\ndef vespera_operations():\n"
    code = f"{head}    return Operation({line})\n"
    project(tmp_path / "acme", CODE + code, point="acme_graph")
    said = w("plugins", "check", path, "--import").out
    assert "operation task.get is offered by vespera-core 0.1.0 too: no workspace opens beside both.\n" in said


def test_what_is_offered_in_vain_is_told(v: Any, tmp_path: Path) -> None:
    code = CODE.replace("vespera_graphs", "vespera_role_templates")
    done = v("plugins", "check", str(project(tmp_path / "acme", code, point="acme_graph")), "--import")
    (found,) = json.loads(done.out)["data"]["plugins"]
    assert (done.code, found["status"]) == (1, "failed")
    assert found["reason"].endswith("which is no RoleTemplates.")


def test_an_import_is_kept_apart(w: Any, tmp_path: Path) -> None:
    """What it prints, reads and leaves behind stays away from the answer, from the terminal and from the project."""
    loud = "import atexit\nprint(open(0).read(), 'loud')\natexit.register(print, 'bye')\n"
    folder = project(tmp_path / "acme", loud, point="acme_graph")
    (tmp_path / "json.py").write_text("raise SystemExit('imported')")
    assert w("plugins", "check", str(folder), "--import").out == "acme  acme-graph  0.9  loaded\nAll is well.\n"
    assert sorted(one.name for one in folder.iterdir()) == ["acme_graph.py", "pyproject.toml"]


def test_a_module_is_found_wherever_it_may_be(v: Any, tmp_path: Path) -> None:
    folder = project(tmp_path / "flat")
    (folder / "src").mkdir()  # of another language
    (project(tmp_path / "deep", code="") / "src" / "acme_graph").mkdir(parents=True)
    for path in (folder, tmp_path / "deep", wheel(tmp_path, "acme_graph.cpython-311-x86_64-linux-gnu.so")):
        assert v("plugins", "check", str(path)).data["plugins"][0]["status"] == "found"


def test_requirements_that_nobody_wrote_down_are_not_judged(v: Any, tmp_path: Path) -> None:
    text = '[project]\nname = "acme"\ndynamic = ["version", "dependencies"]\n'
    (tmp_path / "pyproject.toml").write_text(f'{text}entry-points."vespera.plugins".acme = "acme"\n')
    (tmp_path / "acme.py").touch()
    notes = v("plugins", "check", f"{tmp_path}/").data["notes"]
    assert notes[0] == "acme unknown computes its requirements when it is built: check its wheel, to have them judged."


def test_a_rival_that_is_blocked_is_none(w: Any, tmp_path: Path) -> None:
    path = str(project(tmp_path / "acme", name="kuzu"))
    assert w("plugins", "check", path).code == 1
    assert w("plugins", "check", path, VESPERA_BLOCK="vespera-kuzu").code == 0
    assert w("plugins", "check", path, VESPERA_PLUGINS="sql").code == 0


def test_nothing_in_metadata_steers_the_terminal(w: Any, tmp_path: Path) -> None:
    (tmp_path / "acme.py").touch()
    text = '[project]\nname = "ac\\u001b[31mme"\nentry-points."vespera.plugins".acme = "acme"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    said = w("plugins", "check", f"{tmp_path}/").out
    assert "\x1b" not in said
    assert said.count("ac\\x1b[31mme") == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('project = "acme"', "'project' in pyproject.toml has to be a table."),
        ("[project]\nname = 5", "'name' in pyproject.toml has to be a string."),
        ('[project]\nname = "a"\ndependencies = [5]', "'dependencies' in pyproject.toml has to be a list of strings."),
        ('[project]\nname = "a"\nentry-points = "x"', "'entry-points' in pyproject.toml has to be a table."),
        ("[project", "pyproject.toml cannot be read: TOMLDecodeError: "),
    ],
)
def test_a_project_of_another_form_is_refused(v: Any, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    refused = v("plugins", "check", f"{tmp_path}/")
    assert refused.code == 2
    assert words in refused.error["message"]


def test_a_damaged_wheel_is_refused(v: Any, tmp_path: Path) -> None:
    path = wheel(tmp_path, "acme_graph.py", points="no section")
    assert "cannot be read: MissingSectionHeaderError" in v("plugins", "check", str(path)).error["message"]
    whole = wheel(tmp_path, "acme_graph.py").read_bytes()
    path.write_bytes(whole.replace(b"Name: acme", b"Name: acne"))
    assert "cannot be read: BadZipFile: Bad CRC-32" in v("plugins", "check", str(path)).error["message"]


@pytest.mark.parametrize("what", ["./nothing", "./text.whl", "./empty/"])
def test_what_is_no_plugin_is_refused(w: Any, tmp_path: Path, what: str) -> None:
    (tmp_path / "text.whl").write_text("no archive")
    (tmp_path / "empty").mkdir()
    refused = w("plugins", "check", str(tmp_path / what))
    assert refused.code == 2
    assert "next: Name a folder with a pyproject.toml, or a wheel." in refused.err


def test_a_project_without_a_plugin_says_what_is_missing(w: Any, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "plain"\nversion = "1"\n')
    refused = w("plugins", "check", f"{tmp_path}/")
    assert "plain states no plugin." in refused.err
