"""People's questions: they read the graph and nothing else, end in time, and answer in plain values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.kuzu.support import Truth, assert_same, opened, projected
from vespera_core.errors import EngineFault, InvalidInput
from vespera_kuzu.graph import KuzuGraph

TASKS = [
    projected("a", "b", title="it's a \"title\" // CREATE", role="dev"), projected("b", "c", parent_id="a"),
    projected("c", hold_kind="worker", lease_owner="agent"),
]  # fmt: skip

WRITES = [
    "CREATE (:Task {task_id: 'z'})", "create (:Task {task_id: 'z'})", "MERGE (:Task {task_id: 'z'})",
    "MATCH (t:Task) SET t.version = 9", "MATCH (t:Task) DETACH DELETE t", "MATCH (t:Task)-[e]->() DELETE e",
    "MATCH (t:Task) WITH t CREATE (t)-[:DEPENDS_ON]->(t)", "CREATE NODE TABLE X(id INT64 PRIMARY KEY)",
    "DROP TABLE AWAITS", "ALTER TABLE Task ADD z INT64", "COMMENT ON TABLE Task IS 'x'", "CREATE MACRO f(x) AS x",
    "COPY Task FROM '{folder}/x.csv'", "COPY (MATCH (t:Task) RETURN t.task_id) TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'", "IMPORT DATABASE '{folder}/out'", "INSTALL json", "LOAD EXTENSION json",
    "LOAD FROM '{folder}/manifest.json' RETURN *", "ATTACH '{folder}/x.db' AS x (dbtype kuzu)", "DETACH x", "USE x",
    "BEGIN TRANSACTION", "COMMIT", "ROLLBACK", "CHECKPOINT", "CALL timeout=0", "CALL threads=1",
    "COMMIT; CREATE (:Task {task_id: 'z'})", "RETURN 1; MATCH (t:Task) DETACH DELETE t",
    "RETURN 1 /* ' */; CREATE (:Task {task_id: 'z'}) //'", "RETURN 'it\\'s' ; DROP TABLE AWAITS",
    "EXPLAIN CREATE (:Task {task_id: 'z'})", "PROFILE MATCH (t:Task) RETURN t",
    "MATCH (t:Task) RETURN t UNION MATCH (s:Task) SET s.version = 9 RETURN s", "CALL project_graph('g', ['Task'], [])",
    "CALL create_fts_index('Task', 'i', ['title'])", "CALL /* x */ spill_to_disk=true", "UNWIND [1] AS x LOAD FROM 'y'",
    "MATCH (t:Task)/**/SET/**/t.version=9",
]  # fmt: skip


@pytest.fixture
def filled(graph: KuzuGraph) -> KuzuGraph:
    graph.load(TASKS)
    return graph


@pytest.mark.parametrize("text", WRITES)
def test_nothing_but_reading_is_answered(filled: KuzuGraph, folder: Path, text: str) -> None:
    before = {path.name: path.stat().st_size for path in folder.iterdir()}
    with pytest.raises(InvalidInput) as raised:
        filled.query(text.replace("{folder}", str(folder)))
    assert raised.value.next
    assert_same(filled, Truth(TASKS))
    assert {path.name: path.stat().st_size for path in folder.iterdir()} == before


@pytest.mark.parametrize("text", WRITES[:12])
def test_the_engine_itself_refuses_writes_behind_the_first_look(filled: KuzuGraph, text: str) -> None:
    with pytest.raises(EngineFault, match="read-only"), filled._database.reading() as session:
        session.run(text)
    assert_same(filled, Truth(TASKS))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("RETURN 'CREATE; DROP \\' SET', \"a;b\", 'it''s'", None),
        ("MATCH (t:Task) WHERE t.title CONTAINS '// CREATE' RETURN t.task_id // and no SET here", (("a",),)),
        ("/* a comment; DELETE */ MATCH (t:Task {task_id: 'b'}) RETURN t.version;", ((1,),)),
        ("MATCH (t:Task {task_id: 'b'}) RETURN t.task_id AS `set`", (("b",),)),
        ("OPTIONAL MATCH (t:Task {task_id: 'no'}) RETURN t.task_id", ((None,),)),
        ("UNWIND [1, 2] AS n WITH n WHERE n > 1 RETURN n", ((2,),)),
        ("MATCH (a:Task)-[:DEPENDS_ON* SHORTEST 1..9]->(b:Task {task_id: 'c'}) RETURN a.task_id ORDER BY a.task_id",
         (("a",), ("b",))),
        ("MATCH (t:Task)-[h:HELD_BY]->(who:Actor) RETURN who.name, h.kind", (("agent", "worker"),)),
    ],
)  # fmt: skip
def test_questions_with_words_in_texts_and_comments(filled: KuzuGraph, text: str, rows: Any) -> None:
    if rows is None:
        assert filled.query("RETURN 'CREATE; DROP \\' SET', \"a;b\"").rows == (("CREATE; DROP ' SET", "a;b"),)
    else:
        assert filled.query(text).rows == rows


def test_calls_that_tell_of_the_tables(filled: KuzuGraph) -> None:
    found = filled.query("CALL show_tables() RETURN name, type ORDER BY name")
    assert ("DEPENDS_ON", "REL") in found.rows
    assert ("Task", "NODE") in found.rows


def test_values_are_plain(filled: KuzuGraph) -> None:
    found = filled.query(
        "MATCH p = (a:Task {task_id: 'a'})-[e:DEPENDS_ON]->(b:Task) RETURN a, e, p, [1, NULL], {x: 'y'},"
        " date('2020-02-03'), timestamp('2020-02-03 04:05:06'), interval('2 days'), CAST(1.50 AS DECIMAL(5, 2)),"
        " CAST('nan' AS DOUBLE), uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), true, 2.5"
    )
    node, arrow, path, *rest = found.rows[0]
    assert json.loads(json.dumps(found.rows[0])) == list(found.rows[0])
    assert (node["label"], node["task_id"], node["role"], node["open"]) == ("Task", "a", "dev", True)
    assert not [key for key in node if key.startswith("_")]
    assert arrow == {"label": "DEPENDS_ON"}
    assert [one["task_id"] for one in path["nodes"]] == ["a", "b"]
    assert path["relations"] == [{"label": "DEPENDS_ON"}]
    assert rest == [
        [1, None], {"x": "y"}, "2020-02-03", "2020-02-03T04:05:06Z", 172800.0, "1.50", "nan",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", True, 2.5,
    ]  # fmt: skip


def test_rows_are_cut_at_the_limit(filled: KuzuGraph) -> None:
    found = filled.query("UNWIND range(1, 1000) AS n RETURN n AS number", limit=10)
    assert (found.columns, len(found.rows), found.truncated) == (("number",), 10, True)
    assert not filled.query("UNWIND range(1, 10) AS n RETURN n", limit=10).truncated
    for limit in (0, -1, True, 10**9):
        with pytest.raises(InvalidInput, match="limit"):
            filled.query("RETURN 1", limit=limit)


def test_parameters_are_all_given(filled: KuzuGraph) -> None:
    assert filled.query("MATCH (t:Task {task_id: $id}) RETURN t.version", {"id": "a"}).rows == ((1,),)
    assert filled.query("RETURN '$id'").rows == (("$id",),)
    with pytest.raises(InvalidInput, match=r"\$id are not given"):
        filled.query("MATCH (t:Task {task_id: $id}) RETURN t")
    with pytest.raises(InvalidInput, match=r"no parameters \$other"):
        filled.query("RETURN $id", {"id": 1, "other": 2})
    with pytest.raises(InvalidInput):
        filled.query("RETURN $id", {"id": 2**80 + 0.5j})


@pytest.mark.parametrize(
    "text", ["", "   ", "hello", "RETURN 'open", "MATCH (x:Nothing) RETURN x", "RETURN", ";", "EXPLAIN"]
)
def test_what_is_no_question_is_told_with_the_tables(filled: KuzuGraph, text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        filled.query(text)
    if text.strip():
        assert "DEPENDS_ON" in raised.value.next
    assert filled.query("RETURN 1").rows == ((1,),), "the connection is as good as before"


def test_a_question_ends_in_time_and_the_graph_goes_on(folder: Path) -> None:
    graph = opened(folder, query_timeout_seconds=1)
    graph.load(projected(f"t{n}", title="x" * 200) for n in range(1500))
    with pytest.raises(InvalidInput, match=r"longer than 1 seconds"):
        graph.query(
            "MATCH (a:Task), (b:Task), (c:Task) WHERE a.title <> b.task_id RETURN sum(size(a.title) + size(c.title))"
        )
    assert len(graph.versions()) == 1500
    assert graph.query("MATCH (a:Task) RETURN a.task_id", limit=3).truncated
    graph.close()


def examples() -> list[str]:
    """The questions in the plugin's README."""
    text = (Path(__file__).parents[3] / "plugins" / "vespera-kuzu" / "README.md").read_text(encoding="utf-8")
    return text.partition("```cypher\n")[2].partition("```")[0].strip().split("\n\n")


@pytest.mark.parametrize("number", range(5))
def test_the_questions_in_the_readme_are_answered(graph: KuzuGraph, number: int) -> None:
    assert len(examples()) == 5
    graph.load([
        projected("a", "b", "gone", priority="critical", hold_kind="worker", lease_owner="agent", due_at=1_000_000),
        projected("b"),
    ])  # fmt: skip
    text = examples()[number]
    found = graph.query(text, {"id": "a"} if "$id" in text else {})
    assert len(found.rows) == 1
    assert number != 4 or found.rows == (("a", "1970-01-01T00:00:01Z"),)
