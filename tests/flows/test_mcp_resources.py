"""Files as resources of the Model Context Protocol, and the prompts beside them."""

from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import INVALID_PARAMS, Resource, TextContent, TextResourceContents

from tests.mcp_client import WAYS, talk
from tests.runtime_client import succeeded
from tests.service_fixtures import Organisation

every_way = pytest.mark.parametrize("way", WAYS)

FILES = {
    "/MEMORY.md": "# Memory\n",
    "/daily/2026-04-15.md": "- A note\n",
    "/topics/größe 100% #1.md": "# Größe\n\nLine two",
}


@pytest.fixture
def filled(org: Organisation) -> Organisation:
    """An organisation with a few files."""
    client = org.client()
    for path, content in FILES.items():
        client.result("memory_write", path=path, content=content)
    return org


@pytest.mark.requirement("mcp.resources")
@every_way
def test_every_file_is_listed_and_read_by_the_uri_that_it_is_listed_by(filled: Organisation, way: str) -> None:
    async def talked(client: Client) -> tuple[list[Resource], dict[str, Any], list[str]]:
        resources = (await client.list_resources()).resources
        contents = {each.name: (await client.read_resource(each.uri)).contents for each in resources}
        templates = (await client.list_resource_templates()).resource_templates
        return resources, contents, [template.uri_template for template in templates]

    resources, contents, templates = talk(way, filled, talked)
    assert templates == ["memory:///{+path}"]
    assert [each.name for each in resources] == sorted(FILES)
    assert [each.uri for each in resources if each.uri.isascii()] == [each.uri for each in resources]
    for resource in resources:
        (content,) = contents[resource.name]
        assert isinstance(content, TextResourceContents)
        assert (content.uri, content.mime_type) == (resource.uri, "text/markdown")
        assert content.text == FILES[resource.name]
        assert resource.size == len(content.text.encode())
        assert resource.annotations
        known = filled.client().result("memory_read", path=resource.name)
        assert resource.annotations.last_modified == known["updatedAt"]
        assert content.meta == {name: known[name] for name in ("version", "commit", "updatedAt")}


@pytest.mark.requirement("mcp.resources")
def test_long_lists_have_pages(org: Organisation) -> None:
    folder = org.running.settings.data_dir / f"{org.name}-files"
    (folder / "notes").mkdir(parents=True)
    for number in range(501):
        (folder / "notes" / f"{number:03}.md").write_text(f"# {number}\n")
    many = org.running.organisation(folder)

    async def talked(client: Client) -> list[str]:
        first = await client.list_resources()
        second = await client.list_resources(cursor=first.next_cursor)
        assert second.next_cursor is None
        with pytest.raises(MCPError) as caught:
            await client.list_resources(cursor="nonsense")
        assert (caught.value.error.code, caught.value.error.data["code"]) == (INVALID_PARAMS, "input_invalid")
        return [each.name for each in [*first.resources, *second.resources]]

    assert talk("http-2026", many, talked) == [f"/notes/{number:03}.md" for number in range(501)]


@pytest.mark.requirement("mcp.resources")
def test_a_file_that_is_read_in_parts_is_one_resource(org: Organisation) -> None:
    line = "x" * 99 + "\n"
    content = line * 7000
    org.client().result("memory_write", path="/long.md", content=content)
    assert org.client().result("memory_read", path="/long.md")["truncated"]

    async def talked(client: Client) -> str:
        (part,) = (await client.read_resource("memory:///long.md")).contents
        assert isinstance(part, TextResourceContents)
        return part.text

    assert talk("http-2026", org, talked) == content
    (session, *_) = succeeded(org.client().get("/sessions"))["sessions"]
    executions = succeeded(org.client().get(f"/sessions/{session['id']}/executions"))["executions"]
    assert [each["capability"] for each in executions] == ["memory_read"] * 3


@pytest.mark.requirement("mcp.resources", "mcp.protocol_error")
@every_way
@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("memory:///absent.md", "memory_not_found"),
        ("memory:///../secrets.md", "path_invalid"),
        ("memory:///%2e%2e/secrets.md", "path_invalid"),
        ("memory:///", "memory_not_found"),
        ("file:///etc/passwd", None),
        ("memory://host/a.md", None),
    ],
)
def test_what_is_no_resource_is_told_so(shared_org: Organisation, way: str, uri: str, code: str | None) -> None:
    async def talked(client: Client) -> MCPError:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
        return caught.value

    error = talk(way, shared_org, talked).error
    assert (error.code, error.data["uri"], error.data.get("code")) == (INVALID_PARAMS, uri, code)


@pytest.mark.requirement("mcp.prompts")
@every_way
def test_the_prompts_name_the_tools_that_do_it(shared_org: Organisation, way: str) -> None:
    async def talked(client: Client) -> dict[str, str]:
        texts = {}
        for prompt in (await client.list_prompts()).prompts:
            assert prompt.title
            assert prompt.description
            (argument,) = prompt.arguments or []
            assert argument.required
            (message,) = (await client.get_prompt(prompt.name, {argument.name: "pricing {what} {topic}"})).messages
            assert isinstance(message.content, TextContent)
            texts[prompt.name] = message.content.text
        return texts

    texts = talk(way, shared_org, talked)
    assert list(texts) == ["recall", "remember"]
    assert all("\n\npricing {what} {topic}\n\n" in text for text in texts.values())
    assert all(name in texts["recall"] for name in ("memory_search", "memory_read"))
    assert all(name in texts["remember"] for name in ("memory_append", "memory_write", "expectedVersion", "/daily/"))


@pytest.mark.requirement("mcp.prompts", "mcp.protocol_error")
@every_way
@pytest.mark.parametrize(("name", "arguments"), [("forget", {}), ("recall", {}), ("recall", {"topic": " "})])
def test_a_prompt_that_cannot_be_given_is_an_error_of_the_protocol(
    shared_org: Organisation, way: str, name: str, arguments: dict[str, str]
) -> None:
    async def talked(client: Client) -> int:
        with pytest.raises(MCPError) as caught:
            await client.get_prompt(name, arguments)
        return caught.value.error.code

    assert talk(way, shared_org, talked) == INVALID_PARAMS
