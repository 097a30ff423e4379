"""The manifest of the wire contract and the tests agree, both ways."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.requirements import REQUIREMENTS

_TESTS = Path(__file__).parent
_IDS = [identifier for section in REQUIREMENTS.values() for identifier in section]


def test_every_requirement_has_a_test() -> None:
    marked = _marked()
    assert [identifier for identifier in _IDS if identifier not in marked] == []


def test_every_mark_names_a_requirement() -> None:
    strays = {identifier: places for identifier, places in _marked().items() if identifier not in _IDS}
    assert strays == {}


def test_an_id_is_lower_case_words_and_stands_once() -> None:
    assert [identifier for identifier in _IDS if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", identifier)] == []
    assert len(_IDS) == len(set(_IDS))


def test_a_requirement_is_one_sentence() -> None:
    sentences = [sentence for section in REQUIREMENTS.values() for sentence in section.values()]
    assert [sentence for sentence in sentences if not sentence.endswith(".") or "\n" in sentence] == []


def _marked() -> dict[str, list[str]]:
    """Id → the places (file:line) that carry it."""
    places: dict[str, list[str]] = defaultdict(list)
    for file in sorted(_TESTS.rglob("test_*.py")):
        for line, identifier in _marks(ast.parse(file.read_text(encoding="utf-8"))):
            places[identifier].append(f"{file.relative_to(_TESTS)}:{line}")
    return dict(places)


def _marks(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
            assert node.args, f"line {node.lineno}: a requirement mark names at least one id"
            for argument in node.args:
                yield node.lineno, ast.literal_eval(argument)
