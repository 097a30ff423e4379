"""Arguments are completed from what the key may list, and from nothing else."""

from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import INVALID_PARAMS, Completion, PromptReference, ResourceTemplateReference

from memory_service.domain.calls import Scope
from tests.mcp_client import WAYS, talk
from tests.service_fixtures import Organisation

TEMPLATE = ResourceTemplateReference(uri="memory:///{+path}")
RECALL = PromptReference(name="recall")

every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def filled(org: Organisation) -> Organisation:
    """An organisation with a few files."""
    client = org.client()
    for path, title in {
        "/MEMORY.md": "Memory",
        "/topics/icp.md": "Ideal customers",
        "/topics/größe 100% #1.md": "Größe",
        "/topics/deep/in.md": "Deep",
        "/topology.md": "Topology",
    }.items():
        client.result("memory_write", path=path, content=f"# {title}\n")
    return org


def completed(
    way: str, org: Organisation, ref: Any, name: str, *typed: str, key: str | None = None
) -> list[Completion]:
    """What is suggested for each of several beginnings."""

    async def talked(client: Client) -> list[Completion]:
        return [(await client.complete(ref, {"name": name, "value": value})).completion for value in typed]

    return talk(way, org, talked, key=key)


@pytest.mark.requirement("mcp.completions")
@every_way
def test_a_path_is_completed_folder_by_folder(filled: Organisation, way: str) -> None:
    typed = ("", "top", "topics/I", "/topics/gr", "topics/gr%C3%B6", "topics/100", "absent/a", "../", "a//b")
    found = [each.values for each in completed(way, filled, TEMPLATE, "path", *typed)]
    size = "topics/größe 100%25 #1.md"
    assert found == [
        ["MEMORY.md", "topics/", "topology.md"],
        ["topics/", "topology.md"],
        ["topics/icp.md"],
        [size],
        [size],
        *[[]] * 4,
    ]


@pytest.mark.requirement("mcp.completions")
def test_a_completed_path_is_read_by_the_template_with_it(filled: Organisation) -> None:
    async def talked(client: Client) -> Any:
        values = (await client.complete(TEMPLATE, {"name": "path", "value": "topics/gr"})).completion.values
        return (await client.read_resource(f"memory:///{values[0]}")).contents

    (content,) = talk("http-2026", filled, talked)
    assert content.text == "# Größe\n"


@pytest.mark.requirement("mcp.completions")
@every_way
def test_a_topic_is_completed_by_the_titles_of_pages_and_free_text_is_not(filled: Organisation, way: str) -> None:
    (every, one) = completed(way, filled, RECALL, "topic", "", "ideal")
    assert set(every.values) == {"Ideal customers", "Größe"}
    assert (one.values, one.total, one.has_more) == (["Ideal customers"], 1, False)
    (nothing,) = completed(way, filled, PromptReference(name="remember"), "what", "Ideal")
    assert nothing.values == []


@pytest.mark.requirement("mcp.completions")
def test_an_answer_has_a_hundred_values_at_most_and_says_that_there_are_more(org: Organisation) -> None:
    folder = org.running.settings.data_dir / f"{org.name}-files"
    (folder / "notes").mkdir(parents=True)
    for number in range(101):
        (folder / "notes" / f"{number:03}.md").write_text(f"# {number}\n")
    many = org.running.organisation(folder)
    (every, some) = completed("http-2026", many, TEMPLATE, "path", "notes/", "notes/05")
    assert (len(every.values), every.total, every.has_more) == (100, 101, True)
    assert (len(some.values), some.total, some.has_more) == (10, 10, False)


@pytest.mark.requirement("mcp.completions")
def test_nothing_of_another_organisation_is_suggested(filled: Organisation) -> None:
    stranger = filled.running.organisation()
    reader = stranger.key(scopes=[Scope.RUNTIME_READ])
    (paths,) = completed("http-2026", stranger, TEMPLATE, "path", "topics/", key=reader)
    (topics,) = completed("http-2026", stranger, RECALL, "topic", "", key=reader)
    assert paths.values == topics.values == []


@pytest.mark.requirement("mcp.completions", "mcp.protocol_error")
@every_way
@pytest.mark.parametrize(
    ("ref", "name"),
    [
        (PromptReference(name="forget"), "topic"),
        (RECALL, "what"),
        (TEMPLATE, "topic"),
        (ResourceTemplateReference(uri="file:///{path}"), "path"),
    ],
    ids=["prompt", "argument of a prompt", "argument of the template", "template"],
)
def test_what_has_no_such_argument_is_an_error_of_the_protocol(
    shared_org: Organisation, way: str, ref: Any, name: str
) -> None:
    async def talked(client: Client) -> int:
        with pytest.raises(MCPError) as caught:
            await client.complete(ref, {"name": name, "value": ""})
        return caught.value.error.code

    assert talk(way, shared_org, talked) == INVALID_PARAMS
