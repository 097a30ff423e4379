"""The addresses of repositories beside those of the runtime."""

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from memory_service.domain.calls import Scope
from tests.runtime_client import RuntimeClient, refused
from tests.service_fixtures import Organisation, running_service

REFS = "/info/refs?service=git-upload-pack"


def told(answer: httpx.Response) -> tuple[int, Mapping[str, str], bytes]:
    """An answer without what is different each time."""
    unlike = {"x-request-id", "date"}
    return (
        answer.status_code,
        {name: answer.headers[name] for name in answer.headers if name not in unlike},
        answer.content,
    )


@pytest.fixture
def git(org: Organisation) -> RuntimeClient:
    return org.client(scopes=[Scope.GIT_WRITE])


@pytest.mark.requirement("address.git", "errors.request_id")
def test_a_repository_answers_with_the_id_of_the_request(org: Organisation, git: RuntimeClient) -> None:
    answer = git.http.get(f"/git/{org.name}.git{REFS}", headers={"X-Request-Id": "req_mine"})
    assert answer.status_code == 200
    assert answer.content.startswith(b"001e# service=git-upload-pack\n0000")
    assert answer.headers["x-content-type-options"] == "nosniff"
    for path in (REFS, "/info/refs?service=git-nothing", "/git-upload-pack", "/nothing"):
        assert git.http.get(f"/git/{org.name}.git{path}").headers["x-request-id"].startswith("req_")


@pytest.mark.requirement("isolation.repository")
@pytest.mark.parametrize("scopes", [[Scope.ALL], [Scope.RUNTIME]])
def test_a_foreign_repository_answers_what_a_missing_one_answers(org: Organisation, scopes: list[str]) -> None:
    stranger = org.running.organisation()
    client = stranger.client(scopes=scopes)
    for method, path in (("GET", REFS), ("GET", "/info/refs"), ("POST", "/git-receive-pack")):
        foreign, missing = (client.http.request(method, f"/git/{name}.git{path}") for name in (org.name, "nowhere"))
        assert foreign.status_code == 404
        assert told(foreign) == told(missing)
    stranger.close()


def test_a_method_that_a_repository_does_not_answer_to_is_refused_with_the_one_it_does(
    org: Organisation, git: RuntimeClient
) -> None:
    answer = git.http.get(f"/git/{org.name}.git/git-upload-pack")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.requirement("auth.scope.git")
def test_a_key_for_the_repository_opens_no_tool(git: RuntimeClient) -> None:
    refused(git.call("memory_ls"), 403, "scope_required")


def test_git_can_be_turned_off(tmp_path: Path) -> None:
    with running_service(tmp_path, git=False) as running:
        org = running.organisation()
        client = org.client(scopes=[Scope.ALL])
        refused(client.http.get(f"/git/{org.name}.git{REFS}"), 404, "not_found")
        assert client.result("memory_ls")["entries"] == []
        org.close()
