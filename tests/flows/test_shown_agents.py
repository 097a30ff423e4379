"""What docs/agents.md shows for each agent is read as that agent reads it, and leads to the tools."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.mcp_client import OLD, SECONDS
from tests.server_process import ServerProcess, printed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "agents.md").read_text("utf-8")
BLOCK = re.compile(r"^```(json|toml|python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = "http://127.0.0.1:8000"


def blocks(heading: str, language: str) -> list[str]:
    """The blocks of a section, in a language."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [text for named, text in BLOCK.findall(section) if named == language]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, str, Path]]:
    folder = tmp_path_factory.mktemp("agents")
    printed(folder / "data", "org", "create", "acme", "--from", str(ROOT / "sample_memory"))
    key = printed(folder / "data", "key", "create", "--org", "acme", "--name", "agent")
    server = ServerProcess(folder / "data")
    try:
        yield server, key, folder
    finally:
        server.close()


def configured(name: str) -> dict[str, Any]:
    """The entry of the memory in what is shown for an agent: an address, headers or a variable, or a command."""
    if name == "Codex":
        (text,) = blocks(name, "toml")
        codex: dict[str, Any] = tomllib.loads(text)["mcp_servers"]["memory"]
        return codex | {"headers": {"Authorization": f"Bearer ${{{codex['bearer_token_env_var']}}}"}}
    (text,) = blocks(name, "json")
    shown = json.loads(text)
    if name == "VS Code":
        assert [each["id"] for each in shown["inputs"]] == ["memory-key"]
    entry: dict[str, Any] = (shown.get("mcpServers") or shown["servers"])["memory"]
    return entry


@pytest.mark.parametrize("agent", ["Claude Code", "Cursor", "Codex", "VS Code"])
def test_the_configuration_of_an_agent_leads_to_the_tools(server: tuple[ServerProcess, str, Path], agent: str) -> None:
    running, key, _ = server
    entry = configured(agent)
    assert entry.get("type", "http") == "http"
    headers = {
        name: re.sub(r"\$\{(env:)?MEMORY_KEY\}|\$\{input:memory-key\}", key, value)
        for name, value in entry["headers"].items()
    }
    assert asyncio.run(tools_of(entry["url"].replace(SHOWN, running.address), headers))[:1] == ["memory_ls"]


def test_the_command_for_claude_code_carries_the_same_address_and_header(
    server: tuple[ServerProcess, str, Path],
) -> None:
    running, key, _ = server
    (command,) = [block for block in blocks("Claude Code", "console") if "claude" in block]
    words = shlex.split(command.removeprefix("$ "))
    assert words[:6] == ["claude", "mcp", "add", "--transport", "http", "memory"]
    name, _, value = words[words.index("--header") + 1].replace("$MEMORY_KEY", key).partition(": ")
    assert asyncio.run(tools_of(words[6].replace(SHOWN, running.address), {name: value}))


async def tools_of(url: str, headers: dict[str, str]) -> list[str]:
    """The names of the tools that a client of last year's revision gets, as most agents are."""
    async with (
        asyncio.timeout(SECONDS),
        httpx2.AsyncClient(headers=headers, trust_env=False, verify=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=OLD) as client,
    ):
        return [tool.name for tool in (await client.list_tools()).tools]


def test_the_local_configuration_starts_the_tools(
    server: tuple[ServerProcess, str, Path],
) -> None:
    _, _, folder = server
    entry = configured("Without a server")
    assert entry["command"] == "memory-service"

    async def local() -> list[str]:
        program = str(Path(sys.executable).parent / entry["command"])
        start = StdioServerParameters(command=program, args=entry["args"], cwd=folder)
        async with asyncio.timeout(SECONDS), Client(start, mode=OLD) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert asyncio.run(local())[:1] == ["memory_ls"]


def test_the_script_prints_what_it_finds(server: tuple[ServerProcess, str, Path]) -> None:
    running, key, _ = server
    (script,) = blocks("A Python script", "python")
    ran = subprocess.run(
        [sys.executable, "-c", script.replace(SHOWN, running.address)],
        env={"PATH": os.environ["PATH"], "MEMORY_KEY": key},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.startswith("3 hits\nhits:\n- path: /topics/icp.md\n")
    assert re.search(r"^/topics/icp\.md exec_[0-9a-f]{32}$", ran.stdout, re.MULTILINE)
