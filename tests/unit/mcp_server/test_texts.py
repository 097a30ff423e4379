"""What a model reads where it is not shown the structure of a result."""

from typing import Any

import pytest

from memory_service.mcp_server.texts import text_of


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"a": "text", "n": 1.5, "yes": True}, ["a: text", "n: 1.5", "yes: true"], id="scalars"),
        pytest.param({"title": None, "a": 1}, ["a: 1"], id="null"),
        pytest.param({"hits": [], "details": {}}, ["hits: none", "details: none"], id="empty"),
        pytest.param(
            {"hits": [{"path": "/a.md", "title": None, "score": 2}, {"path": "/b.md"}]},
            ["hits:", "- path: /a.md", "  score: 2", "- path: /b.md"],
            id="list of objects",
        ),
        pytest.param({"similar": ["/a.md", "/b.md"]}, ['similar: ["/a.md", "/b.md"]'], id="list of texts"),
        pytest.param(
            {"details": {"path": "/a.md", "diff": "-a\n+b\n"}},
            ["details:", "  path: /a.md", "  diff:", "    -a", "    +b"],
            id="lines within",
        ),
        pytest.param({"rows": [[1, 2], {}]}, ["rows: [[1, 2], {}]"], id="anything"),
    ],
)
def test_a_result_is_an_outline(told: dict[str, Any], lines: list[str]) -> None:
    assert text_of("Done", told).splitlines() == ["Done", *lines]


def test_a_text_of_several_lines_comes_last_and_as_it_is() -> None:
    content = "# A\n\n  two: spaces\n"
    assert text_of("Read", {"content": content, "version": "1"}) == f"Read\nversion: 1\n\ncontent:\n{content}"


def test_letters_of_all_languages_stay_letters() -> None:
    assert text_of("Gelesen", {"path": "/größe.md", "tags": ["日本"]}).splitlines()[1:] == [
        "path: /größe.md",
        'tags: ["日本"]',
    ]
