"""A search goes on at the commit of its first page, although the server that answered it was killed."""

from pathlib import Path

import pytest

from tests.server_process import new_data, server_process


@pytest.mark.requirement("search.pages")
def test_a_search_goes_on_after_a_crash_and_in_another_process(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)
    with server_process(data) as server, server.client(key) as client:
        for number in range(12):
            client.result("memory_write", path=f"/{number:02}.md", content="walrus " * (number + 1))
        whole = client.result("memory_search", query="walrus", limit=50)
        found = [client.result("memory_search", query="walrus", limit=4)]
        client.result("memory_write", path="/11.md", content="The ostrich runs.")
        server.kill()
    with (
        server_process(data) as one,
        server_process(data) as other,
        one.client(key) as here,
        other.client(key) as there,
    ):
        for client in (here, there):
            client.result("memory_append", path="/00.md", content="walrus walrus walrus")
            found.append(client.result("memory_search", query="walrus", limit=4, cursor=found[-1]["nextCursor"]))
    assert [hit for page in found for hit in page["hits"]] == whole["hits"]
    assert "nextCursor" not in found[-1]
