"""Capabilities that act through connected accounts."""

import pytest

from tests.runtime_client import Json, RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation

SENTENCE = (
    'Capability "crm_search_people" requires connectedAccountId because it is available on multiple connected accounts'
)


@pytest.mark.requirement("errors.account_ambiguous", "errors.account_ambiguous.sentence")
def test_a_capability_on_two_accounts_asks_which(client: RuntimeClient) -> None:
    session = client.session()
    answer = client.call("crm_search_people", {"name": "Ada"}, sessionId=session)
    details = refused(answer, 409, "account_ambiguous")
    assert answer.json()["error"] == SENTENCE
    assert answer.headers["x-should-retry"] == "false"
    listed = {entry["name"]: entry for entry in succeeded(client.get("/capabilities"))["capabilities"]}
    assert details == {"availableAccounts": listed["crm_search_people"]["accounts"]}
    assert succeeded(client.get(f"/sessions/{session}/executions"))["executions"] == []


@pytest.mark.requirement("invoke.account")
@pytest.mark.parametrize("side", ["north", "south"])
def test_the_account_that_is_named_is_acted_through(org: Organisation, side: str) -> None:
    account = f"acc_{org.name}_{side}"
    answer = org.client().invoke("crm_search_people", {"name": "Ada"}, connectedAccountId=account)
    assert answer["result"] == {"account": account, "input": {"name": "Ada"}}


@pytest.mark.requirement("invoke.account.only")
@pytest.mark.parametrize("named", [False, True])
def test_a_capability_on_one_account_needs_no_name(org: Organisation, named: bool) -> None:
    account = f"acc_{org.name}_board"
    members: Json = {"connectedAccountId": account} if named else {}
    assert org.client().invoke("board_list", **members)["result"]["account"] == account


@pytest.mark.requirement("errors.account_not_found")
@pytest.mark.parametrize("tool", ["crm_search_people", "board_list"])
@pytest.mark.parametrize("account", ["acc_nobody", "", "x" * 300])
def test_an_unknown_account_is_not_found(shared_client: RuntimeClient, tool: str, account: str) -> None:
    refused(shared_client.call(tool, connectedAccountId=account), 404, "account_not_found")


@pytest.mark.requirement("errors.account_not_found")
def test_the_account_of_another_capability_is_not_found(org: Organisation) -> None:
    answer = org.client().call("board_list", connectedAccountId=f"acc_{org.name}_north")
    refused(answer, 404, "account_not_found")


@pytest.mark.requirement("errors.account_not_applicable")
@pytest.mark.parametrize(
    ("tool", "tool_input"), [("memory_ls", {}), ("memory_write", {"path": "/a.md", "content": "A."})]
)
def test_a_memory_tool_takes_no_account(org: Organisation, tool: str, tool_input: dict[str, str]) -> None:
    answer = org.client().call(tool, tool_input, connectedAccountId=f"acc_{org.name}_north")
    refused(answer, 400, "account_not_applicable")
