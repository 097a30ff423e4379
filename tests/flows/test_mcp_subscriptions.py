"""Who subscribes to a file hears of its changes: by a tool, by a push, on this server and on others."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from mcp import Client, MCPError
from mcp.client.subscriptions import Subscription
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent

from memory_service.domain.calls import Scope
from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.trees import Change
from memory_service.mcp_server import subscriptions
from tests.git_client.people import Person
from tests.mcp_client import SECONDS, in_memory, over_http, result_of, run, talk
from tests.runtime_client import RuntimeClient
from tests.server_process import new_data, server_process
from tests.service_fixtures import Organisation, RunningService, running_service

URI = "memory:///topics/icp.md"
LAST = "memory:///zulu.md"


@dataclass(frozen=True)
class Pair:
    """Two servers on the same data, and an organisation of theirs."""

    here: RunningService
    there: RunningService
    org: Organisation


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two servers that work on the same data."""
    with running_service(tmp_path / "data") as here, running_service(tmp_path / "data") as there:
        yield Pair(here, there, here.organisation())


async def heard(subscription: Subscription, change: Callable[[], object], wanted: object = None) -> None:
    """Make a change in a thread, and wait until the subscription tells of it."""
    making = asyncio.create_task(asyncio.to_thread(change))
    async for event in subscription:
        if event == (wanted or ResourceUpdated(uri=URI)):
            break
    await making


@pytest.mark.requirement("mcp.subscriptions")
def test_it_hears_of_every_change_whoever_makes_it_and_wherever(pair: Pair, tmp_path: Path) -> None:
    key = pair.org.key(scopes=[Scope.RUNTIME, Scope.GIT_WRITE])
    url = f"{pair.there.address}/git/{pair.org.name}.git".replace("://", f"://anybody:{key}@")
    (tmp_path / "ada").mkdir()
    ada = Person("Ada", tmp_path / "ada", url, pair.there.clock)

    def push() -> None:
        ada.clone()
        ada.commit("Pushed", {"topics/icp.md": "Pushed.\n"})
        ada.push()

    with RuntimeClient(pair.here.address, key) as here, RuntimeClient(pair.there.address, key) as there:

        def write(client: RuntimeClient, content: str) -> Callable[[], object]:
            return lambda: client.result("memory_write", path="/topics/icp.md", content=content)

        async def talked(client: Client) -> None:
            async with client.listen(resource_subscriptions=[URI], resources_list_changed=True) as subscription:
                await heard(subscription, write(here, "One.\n"), ResourcesListChanged())
                await heard(subscription, write(here, "Two.\n"))
                await heard(subscription, write(there, "Three.\n"))
                await heard(subscription, push)
                async with over_http(pair.there.address, key) as other:
                    await result_of(other, "memory_append", path="/topics/icp.md", content="Five.")
                    async for event in subscription:
                        if event == ResourceUpdated(uri=URI):
                            break

        run(over_http(pair.here.address, key), talked)


@pytest.mark.requirement("mcp.subscriptions")
def test_only_what_happens_is_offered(shared_org: Organisation) -> None:
    async def talked(client: Client) -> None:
        assert client.server_capabilities.resources
        assert client.server_capabilities.resources.subscribe
        assert client.server_capabilities.tools
        assert not client.server_capabilities.tools.list_changed
        async with client.listen(tools_list_changed=True, resources_list_changed=True) as subscription:
            assert subscription.honored.resources_list_changed
            assert not subscription.honored.tools_list_changed

    # Only a client that asks the server what it offers knows.
    talk("http-auto", shared_org, talked)


@pytest.mark.requirement("mcp.subscriptions")
def test_it_is_told_by_the_name_that_the_client_has_for_the_file(org: Organisation) -> None:
    mine = "memory:///topics/%69cp.md"
    writer = org.client()

    async def talked(client: Client) -> None:
        async with client.listen(resource_subscriptions=[mine, "file:///other"]) as subscription:
            change = lambda: writer.result("memory_append", path="/topics/icp.md", content="A.")  # noqa: E731 (one line)
            await heard(subscription, change, ResourceUpdated(uri=mine))

    talk("http-2026", org, talked)


@pytest.mark.requirement("mcp.subscriptions")
def test_it_hears_nothing_of_other_organisations_and_of_other_files(org: Organisation) -> None:
    stranger, own = org.running.organisation().client(), org.client()

    def changes() -> None:
        stranger.result("memory_write", path="/topics/icp.md", content="Theirs.")
        own.result("memory_write", path="/other.md", content="Other.")
        own.result("memory_write", path="/last.md", content="Last.")

    async def talked(client: Client) -> list[str]:
        uris = []
        async with client.listen(resource_subscriptions=[URI, "memory:///last.md"]) as subscription:
            making = asyncio.create_task(asyncio.to_thread(changes))
            async for event in subscription:
                assert isinstance(event, ResourceUpdated)
                uris.append(event.uri)
                break
            await making
        return uris

    assert talk("http-2026", org, talked) == ["memory:///last.md"]


@pytest.mark.requirement("mcp.subscriptions")
def test_where_nobody_knows_what_has_changed_everything_may_have(org: Organisation) -> None:
    looks: Iterator[tuple[str, Sequence[Change] | None]] = iter([("a", ()), ("a", ()), ("b", None)])

    def look(_: OrgId, since: CommitId | None) -> tuple[CommitId, Sequence[Change] | None]:
        head, changes = next(looks, ("b", ()))
        return CommitId(head * 40), changes

    async def talked(client: Client) -> list[ServerEvent]:
        async with client.listen(resource_subscriptions=[URI], resources_list_changed=True) as subscription:
            return [await anext(subscription) for _ in range(2)]

    connection = in_memory(org.running, org.key(), look=look)
    assert set(run(connection, talked)) == {ResourceUpdated(uri=URI), ResourcesListChanged()}


@pytest.mark.requirement("mcp.subscriptions")
@pytest.mark.parametrize("fault", [Overloaded(), RuntimeError("secret")], ids=["busy", "bug"])
def test_a_look_that_fails_is_followed_by_the_next(org: Organisation, fault: Exception) -> None:
    faults = iter([None, fault, fault])

    def look(name: OrgId, since: CommitId | None) -> tuple[CommitId, Sequence[Change] | None]:
        failing = next(faults, None)
        if failing:
            raise failing
        return org.running.service.memory.changes(name, since)

    writer = org.client()

    async def talked(client: Client) -> None:
        async with client.listen(resource_subscriptions=[URI]) as subscription:
            await heard(subscription, lambda: writer.result("memory_append", path="/topics/icp.md", content="A."))

    run(in_memory(org.running, org.key(), look=look), talked)


@pytest.mark.requirement("mcp.subscriptions")
def test_a_key_holds_so_many_streams(tmp_path: Path) -> None:
    with running_service(tmp_path, streams_per_key=2) as running:
        org = running.organisation()
        key = org.key()

        async def talked(client: Client) -> None:
            async with client.listen(resource_subscriptions=[URI]):
                async with client.listen(resource_subscriptions=[URI]):
                    with pytest.raises(MCPError) as caught:
                        async with client.listen(resource_subscriptions=[URI]):
                            pass
                    assert caught.value.error.data["code"] == "rate_limited"
                # The place of a stream that has ended is free again, as soon as the server has seen its end.
                for _ in range(100):
                    try:
                        async with client.listen(resource_subscriptions=[URI]):
                            return
                    except MCPError:
                        await result_of(client, "memory_ls")
                pytest.fail("the place was never free again")

        run(over_http(running.address, key), talked)


@pytest.mark.requirement("mcp.subscriptions")
def test_a_stream_ends_when_its_key_is_revoked(org: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "ASKED_SECONDS", 0.01)
    made, key = org.running.service.keyring.create(org.name, "leaver", [Scope.RUNTIME_READ])

    async def talked(client: Client) -> int:
        async with client.listen(resource_subscriptions=[URI]) as subscription:
            org.running.service.keyring.revoke(made.id)
            return len([event async for event in subscription])

    assert run(over_http(org.running.address, key), talked) == 0


@pytest.mark.requirement("mcp.subscriptions")
def test_a_file_that_is_named_a_thousand_times_is_told_of_once(org: Organisation) -> None:
    many = [URI] * 2000 + [f"memory:///{number}.md" for number in range(1000)] + [LAST]
    writer = org.client()

    def changes() -> None:
        for _ in range(2):
            writer.result("memory_append", path="/topics/icp.md", content="A.")
        writer.result("memory_append", path="/zulu.md", content="Last.")

    async def talked(client: Client) -> list[str]:
        uris = []
        async with client.listen(resource_subscriptions=many) as subscription:
            making = asyncio.create_task(asyncio.to_thread(changes))
            async for event in subscription:
                assert isinstance(event, ResourceUpdated)
                uris.append(event.uri)
                if event.uri == LAST:
                    break
            await making
        return uris

    told = talk("http-2026", org, talked)
    assert set(told) == {URI, LAST}
    assert len(told) <= 3


@pytest.mark.requirement("mcp.subscriptions")
def test_open_streams_are_ended_well_when_the_server_ends(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)
    with server_process(data) as server:

        async def talked(client: Client) -> int:
            async with client.listen(resource_subscriptions=[URI]) as subscription:
                server.terminate()
                async for _ in subscription:
                    pass
            return await asyncio.to_thread(server.wait, SECONDS)

        assert run(over_http(server.address, key), talked) == 0
        assert "error" not in server.logged
