import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from memory_service.domain.capabilities import Capability, CapabilityKind
from memory_service.domain.errors import InputInvalid, PathInvalid
from memory_service.memory.service import Memory
from memory_service.memory.tools import memory_capabilities

GOOD: dict[str, dict[str, Any]] = {
    "memory_ls": {"path": "/topics", "depth": 2, "limit": 5, "cursor": ""},
    "memory_read": {"path": "/a.md", "startLine": 1, "endLine": 2},
    "memory_search": {
        "query": "fintech",
        "limit": 50,
        "path": "/topics",
        "updatedAfter": "2026-04-01",
        "updatedBefore": "2026-04-15T10:00:00.5+02:00",
        "tags": ["customers", "Q3 plans"],
        "cursor": "",
        "maxTokens": 1000,
    },
    "memory_write": {"path": "/a.md", "content": "A.", "message": "Why", "expectedVersion": "0" * 40},
    "memory_append": {"path": "/a.md", "content": "A.", "message": "Why"},
}


@pytest.fixture
def tools(memory: Memory) -> dict[str, Capability]:
    return {capability.name: capability for capability in memory_capabilities(memory)}


def rejected(capability: Capability, given: Any) -> list[dict[str, str]]:
    with pytest.raises(InputInvalid) as caught:
        capability.parse(given)
    errors: list[dict[str, str]] = caught.value.details["fieldErrors"]
    return errors


def test_there_are_five_capabilities_in_the_order_of_the_contract(tools: dict[str, Capability]) -> None:
    assert [(tool.name, tool.read_only, tool.idempotent) for tool in tools.values()] == [
        ("memory_ls", True, True),
        ("memory_read", True, True),
        ("memory_search", True, True),
        ("memory_write", False, True),
        ("memory_append", False, False),
    ]
    assert {(tool.kind, tool.accounts) for tool in tools.values()} == {(CapabilityKind.MEMORY, ())}


def test_the_parameters_are_flat_and_every_one_is_described(tools: dict[str, Capability]) -> None:
    for tool in tools.values():
        Draft202012Validator.check_schema(tool.parameters)
        assert tool.parameters["additionalProperties"] is False
        assert set(GOOD[tool.name]) == set(tool.parameters["properties"])  # type: ignore[call-overload] # a JSON value
        for said in tool.parameters["properties"].values():  # type: ignore[attr-defined] # a JSON value
            assert said["description"].endswith(".")
            assert set(said) <= {
                "type", "description", "default", "minimum", "maximum", "minLength", "maxLength", "pattern",
                "items",
            }  # fmt: skip


def test_every_default_that_a_model_is_told_of_is_one_that_it_may_send(tools: dict[str, Capability]) -> None:
    for tool in tools.values():
        properties: dict[str, Any] = tool.parameters["properties"]  # type: ignore[assignment] # a JSON value
        for said in properties.values():
            if "default" in said:
                Draft202012Validator(said).validate(said["default"])


def test_the_five_definitions_cost_a_model_less_than_fifteen_hundred_tokens(tools: dict[str, Capability]) -> None:
    definitions = [
        {"name": tool.name, "description": tool.description, "parameters": tool.parameters} for tool in tools.values()
    ]

    # No tokenizer takes more than one token for three characters of English JSON.
    assert len(json.dumps(definitions)) / 3 < 1500


@pytest.mark.parametrize("name", GOOD)
def test_good_input_is_read_with_all_members_and_with_the_needed_ones(tools: dict[str, Capability], name: str) -> None:
    tool = tools[name]
    needed = {member: GOOD[name][member] for member in tool.parameters.get("required", ())}  # type: ignore[attr-defined] # a JSON value

    tool.parse(GOOD[name])
    tool.parse(needed)


@pytest.mark.parametrize("name", GOOD)
def test_every_member_is_refused_in_any_other_type(tools: dict[str, Capability], name: str) -> None:
    types: dict[str, Any] = tools[name].parameters["properties"]  # type: ignore[assignment] # a JSON value
    for member, said in types.items():
        strange: list[Any] = [True, 1.5, [1], {}, *(["1"] if said["type"] in ("integer", "array") else [1])]
        if member != "expectedVersion":
            strange.append(None)
        for value in strange:
            (error,) = rejected(tools[name], {**GOOD[name], member: value})
            assert error["field"] in {member, f"{member}.0"}
            assert error["message"]
            assert error["rule"]


@pytest.mark.parametrize("name", GOOD)
def test_a_number_without_a_fraction_is_an_integer_however_it_is_written(
    tools: dict[str, Capability], name: str
) -> None:
    types: dict[str, Any] = tools[name].parameters["properties"]  # type: ignore[assignment] # a JSON value
    written = {member: float(GOOD[name][member]) for member, said in types.items() if said["type"] == "integer"}

    assert tools[name].parse(GOOD[name] | written) == tools[name].parse(GOOD[name])


@pytest.mark.parametrize("name", GOOD)
def test_unknown_and_missing_members_are_refused_together(tools: dict[str, Capability], name: str) -> None:
    needed: list[str] = tools[name].parameters.get("required", [])  # type: ignore[assignment] # a JSON value

    errors = rejected(tools[name], {"start_line": 1})

    assert [(error["field"], error["rule"]) for error in errors] == [
        *((member, "missing") for member in needed),
        ("start_line", "extra_forbidden"),
    ]


@pytest.mark.parametrize(
    ("name", "member", "values"),
    [
        ("memory_ls", "depth", [0, -1, 33, 10**30, 1e300, -1.0]),
        ("memory_ls", "limit", [0, 1001]),
        ("memory_read", "startLine", [0, -5]),
        ("memory_read", "endLine", [0]),
        ("memory_search", "limit", [0, 51]),
        ("memory_search", "query", ["", "   ", "x" * 2001, "\ud800"]),
        ("memory_search", "tags", [["x"] * 17]),
        ("memory_search", "maxTokens", [0, 199, -1]),
        (
            "memory_search",
            "updatedAfter",
            [
                "",
                "today",
                "2026-04",
                "20260415",
                "2026-02-30",
                "2026-W16-3",
                "2026-04-15T10:00:00",
                "2026-04-15T10:00Z",
                "2026-04-15T25:00:00Z",
                "2026-04-15T10:00:00Z\n",
                "１９９９-01-01",
                "1e9",
                "\ud800",
                "9" * 10_000,
            ],
        ),
        ("memory_write", "expectedVersion", ["", "HEAD", "0" * 39, "0" * 41, "A" * 40, "0" * 40 + "\n"]),
        ("memory_write", "message", ["\ud800", "a\nb"]),
    ],
)
def test_values_out_of_range_are_refused(
    tools: dict[str, Capability], name: str, member: str, values: list[Any]
) -> None:
    for value in values:
        (error,) = rejected(tools[name], {**GOOD[name], member: value})
        assert error["field"] == member


@pytest.mark.parametrize("tag", ["", "x" * 65, "\ud800"])
def test_a_tag_that_no_file_can_have_is_refused(tools: dict[str, Capability], tag: str) -> None:
    (error,) = rejected(tools["memory_search"], {"query": "fintech", "tags": ["good", tag]})

    assert error["field"] == "tags.1"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-15", datetime(2026, 4, 15, tzinfo=UTC)),
        ("2026-04-15T10:00:00Z", datetime(2026, 4, 15, 10, tzinfo=UTC)),
        ("2026-04-15t10:00:00.250z", datetime(2026, 4, 15, 10, microsecond=250_000, tzinfo=UTC)),
        ("2026-04-15 12:00:00+02:00", datetime(2026, 4, 15, 10, tzinfo=UTC)),
        ("2026-04-14T23:30:00-10:30", datetime(2026, 4, 15, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
    ],
)
def test_a_moment_is_a_date_or_a_time_with_an_offset(tools: dict[str, Capability], text: str, moment: datetime) -> None:
    assert tools["memory_search"].parse({"query": "fintech", "updatedAfter": text}).asked.updated_after == moment


@pytest.mark.parametrize("before", ["2026-04-15", "2026-04-14T23:59:59Z", "2026-04-15T01:00:00+02:00"])
def test_an_end_that_is_not_after_the_beginning_is_refused(tools: dict[str, Capability], before: str) -> None:
    given = {"query": "fintech", "updatedAfter": "2026-04-15", "updatedBefore": before}
    (error,) = rejected(tools["memory_search"], given)

    assert error == {"field": "updatedBefore", "message": "Input should be later than updatedAfter", "rule": "range"}


def test_any_moment_may_be_the_end_where_there_is_no_beginning(tools: dict[str, Capability]) -> None:
    asked = tools["memory_search"].parse({"query": "fintech", "updatedBefore": "0001-01-01"}).asked
    assert asked.updated_before == datetime(1, 1, 1, tzinfo=UTC)


def test_an_end_before_the_start_is_refused(tools: dict[str, Capability]) -> None:
    (error,) = rejected(tools["memory_read"], {"path": "/a.md", "startLine": 3, "endLine": 2})

    assert error == {"field": "endLine", "message": "Input should not be less than startLine", "rule": "range"}


def test_a_path_that_breaks_a_rule_is_refused_by_that_rule(tools: dict[str, Capability]) -> None:
    for name in GOOD:
        with pytest.raises(PathInvalid) as caught:
            tools[name].parse({**GOOD[name], "path": "/a/../b.md"})
        assert caught.value.rule == "dots"
        with pytest.raises(PathInvalid) as caught:
            tools[name].parse({**GOOD[name], "path": "/a\ud800.md"})
        assert caught.value.rule == "utf8"


def test_many_errors_are_answered_by_a_few(tools: dict[str, Capability]) -> None:
    errors = rejected(tools["memory_ls"], {f"x{number}" * 100: 1 for number in range(1000)})

    assert len(errors) == 20
    assert all(len(error["field"]) <= 100 for error in errors)
    json.dumps(rejected(tools["memory_ls"], {"\ud800": 1})).encode()


def test_the_cause_of_an_error_does_not_hold_what_was_sent(tools: dict[str, Capability]) -> None:
    with pytest.raises(InputInvalid) as caught:
        tools["memory_search"].parse({"query": "secret " * 1000})

    assert "secret" not in str(caught.value.__cause__)
