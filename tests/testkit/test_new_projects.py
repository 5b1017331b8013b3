"""`vespera plugins new`: each kind of project builds, installs, does its job, and passes its suite from the start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reliability.support.dose import some
from vespera_core.cli.scaffold.kinds import KINDS
from vespera_core.cli.scaffold.writing import texts_of

VESPERA = Path(sys.executable).with_name("vespera")
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
OFFERS = {
    "hook": [], "storage": ["storage acme-storage"], "vectors": ["vectors acme-vectors"], "graph": ["graph acme-graph"],
    "embedder": ["embedder acme-embedder"], "executor": ["executor acme-executor"],
    "service": ["service acme-service"], "projection": ["projection acme-projection"],
    "format": ["format acme-format"], "operation": ["operation acme_operation.count"],
    "transport": ["transport acme-transport"], "keys": ["keys acme-keys"], "roles": ["roles acme-roles"],
}  # fmt: skip


class Site(NamedTuple):
    """Projects of every kind, and the environment in which they are installed."""

    projects: Path
    environment: dict[str, str]

    def run(self, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The real command."""
        return subprocess.run(
            [VESPERA, *words], cwd=folder or self.projects, env=self.environment, capture_output=True, text=True
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("new")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VESPERA_", "PYTEST_"))}
    site = Site(folder, {**kept, "PYTHONPATH": str(folder / "site"), "XDG_CACHE_HOME": str(folder / "cache")})
    for kind in KINDS:
        assert site.run("plugins", "new", f"acme-{kind}", "--kind", kind).returncode == 0
    projects = [str(folder / f"acme-{kind}") for kind in KINDS]
    wheels = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder / "wheels"), *projects]
    subprocess.run(wheels, check=True, capture_output=True)
    built = sorted(map(str, (folder / "wheels").glob("*.whl")))
    install = [*PIP, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), *built]
    subprocess.run(install, check=True, capture_output=True)
    return site


def test_the_table_is_that_of_the_kinds() -> None:
    assert OFFERS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_loaded_and_offers_what_it_says(site: Site, kind: str) -> None:
    told = json.loads(site.run("--json", "plugins", "show", f"acme-{kind}").stdout)["data"]["plugins"][0]
    assert (told["plugin"]["status"], told["offers"]) == ("loaded", OFFERS[kind])


def test_they_pass_their_suites(site: Site) -> None:
    """All of them in deep runs, two that are drawn anew each time in others; the report says that nothing failed."""
    drawn = some("kinds of new projects", sorted(KINDS), 2)
    paths = [f"acme-{kind}/tests" for kind in drawn]
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--vespera-report", "report.json"]
    command = [sys.executable, "-m", "pytest", *options, *paths]
    done = subprocess.run(command, cwd=site.projects, env=site.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    report: dict[str, Any] = json.loads((site.projects / "report.json").read_text(encoding="utf-8"))
    assert {one["origin"] for one in report["suites"]} == {f"acme-{kind} 0.1.0" for kind in drawn}
    assert {word for one in report["suites"] for word in one["counts"]} <= {"passed", "not offered"}


def test_the_hook_is_asked(site: Site, tmp_path: Path) -> None:
    assert site.run("init", "--prefix", "web", folder=tmp_path).returncode == 0
    refused = site.run("create", "LOUD WORDS", folder=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        1, "error: A title does not shout.\nnext: Write it in small letters.\n",
    )  # fmt: skip
    assert site.run("create", "Quiet words", folder=tmp_path).returncode == 0


def test_the_index_answers_by_one_line(site: Site, tmp_path: Path) -> None:
    one_line = ("config", "set", "vectors", "acme-vectors")
    for words in (("init", "--prefix", "web"), ("create", "Bake bread"), one_line, ("rebuild",)):
        done = site.run(*words, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    found = json.loads(site.run("--json", "search", "bread", folder=tmp_path).stdout)["data"]
    assert [one["title"] for one in found["tasks"]] == ["Bake bread"]
    assert found["degraded"] is False


def test_the_operation_the_format_and_the_projection_do_their_job(site: Site, tmp_path: Path) -> None:
    def done(*words: str) -> str:
        made = site.run(*words, folder=tmp_path)
        assert made.returncode == 0, made.stderr
        return made.stdout

    done("init", "--prefix", "web")
    done("create", 'Bake "bread"\twell', "--id", "web-1", "-d", "a\nb")
    assert json.loads(done("--json", "call", "acme_operation.count"))["data"] == {"open": 1}
    done("export", "-f", "acme-format", "-o", "tasks.csv")
    assert (tmp_path / "tasks.csv").read_text() == 'id,title,description\nweb-1,"Bake ""bread""\twell","a\nb"\n'
    (tmp_path / "tasks.csv").write_text("id,title\nweb-2,Sell\nweb-3,\n")
    refused = site.run("import", "acme-format", "tasks.csv", folder=tmp_path)
    assert refused.stderr.startswith("error: row 2: it has no id, or no title.\n")
    done("import", "acme-format", "tasks.csv", "--skip-invalid")
    done("rebuild", "acme-projection")
    (titles,) = tmp_path.glob(".vespera/projection/acme-projection/g*/files/titles.txt")
    assert titles.read_text() == 'web-1 1 Bake "bread" well\nweb-2 1 Sell\n'


def test_the_transport_takes_whoever_started_it_for_the_owner_and_nobody_else(site: Site, tmp_path: Path) -> None:
    assert site.run("init", "--prefix", "web", folder=tmp_path).returncode == 0
    lines: list[dict[str, Any]] = [
        {"input": {"title": "Bake"}}, {"input": {"colour": "red"}}, {"input": {"title": "Sell"}, "actor": "eve"},
    ]  # fmt: skip
    text = "\n".join([*(json.dumps({"operation": "task.create", **one}) for one in lines), "[]", "no JSON", ""])
    served = subprocess.run(
        [VESPERA, "acme-transport"], cwd=tmp_path, env=site.environment, input=text, capture_output=True, text=True
    )
    told = [json.loads(line) for line in served.stdout.splitlines()]
    assert told[0]["answer"]["task"]["title"] == "Bake"
    codes = [one["error"]["code"] for one in told[1:]]
    assert codes == ["invalid_input", "permission_denied", "invalid_input", "invalid_input"], served.stderr


def test_the_keys_of_a_command_seal_and_are_never_told(site: Site, tmp_path: Path) -> None:
    secret = b64encode(bytes(range(32))).decode()
    sealed = ("config", "set", "keys", "acme-keys")
    for words in (("init", "--prefix", "web"), ("create", "Bake", "--id", "web-1"), sealed):
        assert site.run(*words, folder=tmp_path).returncode == 0
    config = tmp_path / ".vespera" / "config.toml"
    config.write_text(f'{config.read_text()}\n[keys.acme-keys]\ncommand = ["printf", "{secret}\\n%.0s"]\n')
    (tmp_path / "pin.json").write_text('{"pin": "1234"}')
    assert site.run("sensitive", "set", "web-1", "--file", "pin.json", folder=tmp_path).returncode == 0
    shown = site.run("--json", "sensitive", "show", "web-1", folder=tmp_path)
    assert "1234" in shown.stdout
    config.write_text(config.read_text().replace(secret, secret[:-4]))
    refused = site.run("sensitive", "show", "web-1", folder=tmp_path)
    assert refused.stderr.startswith("error: The command that prints keys for encryption failed.\nnext: It prints keys")
    assert secret[:-4] not in refused.stderr


def test_what_it_prints_leads_on(site: Site, tmp_path: Path) -> None:
    told = site.run("plugins", "new", "acme-more", "--kind", "graph", "--folder", "here", folder=tmp_path)
    assert told.stdout.splitlines() == [
        "wrote here/pyproject.toml", "wrote here/README.md", "wrote here/acme_more.py",
        "wrote here/tests/test_conformance.py", 'next: pip install -e "here[test]"', "next: pytest here",
        "next: vespera plugins check acme-more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("Acme_Graph", "--kind", "graph"), "'Acme_Graph' is no name for a distribution."),
        (("kuzu", "--kind", "graph"), "'kuzu' is taken by something that is installed here."),
        (("vespera-kuzu", "--kind", "graph"), "'vespera-kuzu' is taken by something that is installed here."),
        (("json", "--kind", "graph"), "'json' is taken by something that is installed here."),
        (("builtin", "--kind", "hook"), "'builtin' is taken by something that is installed here."),
        (("exact", "--kind", "vectors"), "'exact' is taken by something that is installed here."),
        (("class", "--kind", "hook"), "'class' is no name for a distribution."),
        (("tests", "--kind", "hook"), "'tests' is no name for a distribution."),
        (("a" * 101, "--kind", "hook"), f"'{'a' * 100}' is no name for a distribution."),
        (("acme-x", "--kind", "graph", "--folder", "full"), "full is there already, and is not an empty folder."),
        (("acme-x", "--kind", "weather"), "Invalid value for '--kind': 'weather' is not one of"),
    ],
)
def test_what_cannot_be_written_is_refused(site: Site, tmp_path: Path, words: tuple[str, ...], reason: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("kept")
    refused = site.run("plugins", "new", *words, folder=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"error: {reason}")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["full", "kept.txt"]


def test_its_wheel_holds_the_module_alone() -> None:
    """Whatever begins like it: the tests of a project named t would land beside everybody else's modules."""
    assert 'include = ["/t.py"]' in texts_of("t", KINDS["hook"], "hook")["pyproject.toml"]


def test_the_templates_are_good_python() -> None:
    """As strict as the rest of the repository, as far as a linter can tell without an installed project."""
    for kind, facts in KINDS.items():
        for path, text in texts_of(f"acme-{kind}", facts, kind).items():
            assert "$" not in text, path
            if path.endswith(".py"):
                command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,I,UP,B", "-"]
                options = ["--line-length", "120", "--target-version", "py311"]
                done = subprocess.run([*command, *options], input=text, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout
