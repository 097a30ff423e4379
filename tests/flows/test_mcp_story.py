"""One story, told once by REST and once by the Model Context Protocol: what is kept of it is the same."""

import json
import re
from typing import Any

import pytest
from mcp import Client

from tests.mcp_client import WAYS, called, meta_of, talk
from tests.service_fixtures import Organisation, RunningService

STORY: list[tuple[str, dict[str, Any]]] = [
    ("memory_write", {"path": "/topics/icp.md", "content": "# ICP\n\nFintech, 200 to 2,000 people.\n"}),
    ("memory_append", {"path": "/daily/2026-04-15.md", "content": "- Called Ada.", "message": "Note the call"}),
    ("memory_search", {"query": "fintech"}),
    ("memory_read", {"path": "/topics/icp.md"}),
    ("memory_write", {"path": "/topics/icp.md", "content": "# ICP\n\nFintech.\n", "expectedVersion": "0" * 40}),
    ("memory_write", {"path": "/topics/icp.md", "content": "# ICP\n\nFintech.\n"}),
    ("memory_read", {"path": "/absent.md"}),
    ("memory_ls", {"depth": 3}),
    ("board_fail", {"code": "overloaded"}),
]
FORMAT = "%T%n%an <%ae>%n%cn <%ce>%n%B"

_ID = re.compile(r"\b(session|exec|run|runtime|key)_[0-9a-f]{32}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


@pytest.mark.requirement("mcp.same_story")
@pytest.mark.parametrize("way", WAYS)
def test_the_same_story_makes_the_same_events_and_the_same_commits(running: RunningService, way: str) -> None:
    by_rest, by_mcp = running.organisation(), running.organisation()
    assert _kept(by_rest, _told_by_rest(by_rest)) == _kept(by_mcp, _told_by_mcp(by_mcp, way))


def _told_by_rest(org: Organisation) -> list[str]:
    client = org.client("teller")
    session = client.invoke(STORY[0][0], STORY[0][1])["session"]["id"]
    for tool, tool_input in STORY[1:]:
        client.call(tool, tool_input, sessionId=session)
    return [session]


def _told_by_mcp(org: Organisation, way: str) -> list[str]:
    async def tell(client: Client) -> list[str]:
        first = await called(client, STORY[0][0], **STORY[0][1])
        session = meta_of(first)["sessionId"]
        for tool, arguments in STORY[1:]:
            await called(client, tool, meta={"sessionId": session}, **arguments)
        return [session]

    return talk(way, org, tell, key=org.key("teller"))


def _kept(org: Organisation, sessions: list[str]) -> dict[str, Any]:
    """Executions with their events, and commits; without what differs whenever anything is done twice."""
    client = org.client()
    (session,) = sessions
    page = client.get(f"/sessions/{session}/executions", limit=200).json()["executions"]
    executions = [client.execution(each["id"]) for each in reversed(page)]
    events = [[(event.type, event.data) for event in client.events(each["id"])] for each in executions]
    kept = json.dumps([client.get(f"/sessions/{session}").json()["session"], executions, events])
    for number, commit in enumerate(reversed(org.commits())):
        kept = kept.replace(commit, f"commit {number}")
    kept = kept.replace(org.name, "org").replace(org.running.address, "")
    kept = _TIME.sub("then", _ID.sub(r"\1_", kept))
    return {"kept": json.loads(kept), "commits": _ID.sub(r"\1_", org.git("log", f"--format={FORMAT}", "main"))}
