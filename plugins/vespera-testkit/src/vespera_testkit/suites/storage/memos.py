"""The contract of memos and secrets: small things that helpers keep, under names of their own."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_testkit.world.bench import Bench

VALUES: tuple[Any, ...] = (
    {"b": [1, 2.5, None, True], "a": {"é": "🦔"}}, [], {}, "", "text\x00with\u2028odd\n", 0, False, -1.5, 10**30,
)  # fmt: skip


class MemoRules:
    """What helpers remember comes back."""

    @pytest.mark.parametrize("value", VALUES, ids=repr)
    def test_memos_come_back(self, bench: Bench, value: Any) -> None:
        """A memo is any JSON, under any text as its key, and comes back as it was; keys are sorted."""
        bench.write(lambda unit: unit.put_memos("s", {"": value, "odd key\x00 é": "x", "b": 1}))
        with bench.reader() as reader:
            found = reader.memos("s")
            assert found == {"": value, "b": 1, "odd key\x00 é": "x"}
            assert type(found[""]) is type(value)
            assert list(found) == sorted(found)
            assert reader.memos("none") == {}

    def test_memos_are_replaced_and_forgotten(self, bench: Bench) -> None:
        """Memos are written one by one: None forgets one, and other spaces are left alone."""
        bench.write(lambda unit: unit.put_memos("s", {"a": 1, "b": {"x": 1}, "c": 3}))
        bench.write(lambda unit: unit.put_memos("other", {"a": "theirs"}))
        bench.write(lambda unit: unit.put_memos("s", {"a": None, "b": 2, "never": None}))
        with bench.reader() as reader:
            assert reader.memos("s") == {"b": 2, "c": 3}
            assert reader.memos("other") == {"a": "theirs"}

    def test_memos_are_not_live(self, bench: Bench) -> None:
        """Changing what was given or answered changes nothing in the store."""
        value = {"a": [1]}
        bench.write(lambda unit: unit.put_memos("s", {"k": value}))
        value["a"].append(2)
        for _ in range(2):
            with bench.reader() as reader:
                found = reader.memos("s")
            assert found == {"k": {"a": [1]}}
            found["k"]["a"].append(3)

    @pytest.mark.parametrize("memos", [{"k": "\ud800"}, {"\ud800": 1}, {"k": float("nan")}], ids=repr)
    def test_what_is_no_text_is_refused(self, bench: Bench, memos: dict[str, Any]) -> None:
        """What cannot be written as JSON or as text raises `ValueError`, and nothing of that work is written."""
        with pytest.raises(ValueError, match=r"surrogates|JSON"):
            bench.write(lambda unit: unit.put_memos("s", {"before": 1, **memos}))
        with bench.reader() as reader:
            assert reader.memos("s") == {}

    # ------------------------------------------------------------ secrets

    def test_secrets_come_back_by_their_refs(self, bench: Bench) -> None:
        """Secrets are bytes, come back as they were, and are sorted by their refs."""
        sealed = {"b": b"\x00\xff", "a": b"", "odd ref\x00 \u00e9": b"x" * 100_000}
        bench.write(lambda unit: unit.put_secrets(sealed))
        with bench.reader() as reader:
            assert reader.secrets() == sealed
            assert list(reader.secrets()) == sorted(sealed)
            assert reader.secrets(["b", "none", "b"]) == {"b": b"\x00\xff"}
            assert reader.secrets([]) == {}
            assert all(type(one) is bytes for one in reader.secrets().values())

    def test_secrets_are_replaced_and_forgotten(self, bench: Bench) -> None:
        """Secrets are written one by one: None forgets one."""
        bench.write(lambda unit: unit.put_secrets({"a": b"1", "b": b"2", "c": b"3"}))
        bench.write(lambda unit: unit.put_secrets({"a": None, "b": b"new", "never": None}))
        with bench.reader() as reader:
            assert reader.secrets() == {"b": b"new", "c": b"3"}
