"""Going on with a stream after the last event that was read."""

import pytest

from tests.flows.test_events import FAILURE, SUCCESS
from tests.runtime_client import RuntimeClient, StreamedEvent, refused
from tests.service_fixtures import Organisation


@pytest.mark.requirement("events.resume", "events.seamless")
@pytest.mark.parametrize("last", range(1, len(SUCCESS)))
def test_resuming_gives_what_came_after(client: RuntimeClient, last: int) -> None:
    execution = client.invoke("memory_ls")["executionId"]
    assert client.events(execution, last) == client.events(execution)[last:]


@pytest.mark.requirement("events.resume.after_terminal_204")
def test_resuming_after_the_terminal_event_answers_nothing(client: RuntimeClient) -> None:
    succeeded = client.invoke("memory_ls")["executionId"]
    failed = client.call("memory_read", {"path": "/absent.md"}).json()["details"]["executionId"]
    for execution, events in ((succeeded, SUCCESS), (failed, FAILURE)):
        answer = client.get(f"/executions/{execution}/events", headers={"Last-Event-ID": str(len(events))})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.requirement("events.resume.forged", "errors.header_invalid")
@pytest.mark.parametrize(
    "last",
    ["7", "1000", "-1", "+1", "1.5", "1e0", "0x1", "abc", "1 2", "1,2", "9" * 40, "٣", "１", "exec_1", "null", "1;"],
)
def test_an_id_that_is_no_event_of_the_execution_is_refused(client: RuntimeClient, last: str) -> None:
    execution = client.invoke("memory_ls")["executionId"]
    answer = client.http.get(f"/api/runtime/executions/{execution}/events", headers={b"Last-Event-ID": last.encode()})
    refused(answer, 400, "header_invalid")


@pytest.mark.requirement("events.resume.forged")
def test_an_id_beyond_what_has_happened_is_refused_during_the_run(org: Organisation) -> None:
    client, gate = org.client(), org.running.tools.gate(org.name)
    execution = client.call("board_hold", {"gate": org.name}, headers={"Prefer": "respond-async"}).json()["executionId"]
    gate.wait_entered()
    refused(client.get(f"/executions/{execution}/events", headers={"Last-Event-ID": "4"}), 400, "header_invalid")
    gate.release()


@pytest.mark.requirement("events.resume", "events.resume.after_terminal_204", "events.closes")
def test_a_browsers_event_source_gets_every_event_once_and_stops(client: RuntimeClient) -> None:
    """It reconnects with the last id whenever the server closes, and stops on 204 (HTML standard, 9.2.3)."""
    execution = client.invoke("memory_ls")["executionId"]
    received: list[StreamedEvent] = []
    for _ in range(3):
        last = {"Last-Event-ID": str(received[-1].id)} if received else {}
        if client.get(f"/executions/{execution}/events", headers=last).status_code == 204:
            break
        received += client.events(execution, received[-1].id if received else None)
    else:
        pytest.fail("it would reconnect for ever")
    assert [event.type for event in received] == SUCCESS


@pytest.mark.requirement("events.resume", "events.seamless")
@pytest.mark.parametrize("read", [1, 2, 3, 4, 5])
def test_a_reader_that_lost_its_connection_during_the_run_goes_on_where_it_was(org: Organisation, read: int) -> None:
    client, gate = org.client(), org.running.tools.gate(org.name)
    execution = client.call("board_hold", {"gate": org.name}, headers={"Prefer": "respond-async"}).json()["executionId"]
    gate.checkpoint("first")
    gate.checkpoint("second")
    with client.stream(execution) as events:
        received = [next(events) for _ in range(read)]
    with client.stream(execution, received[-1].id) as events:
        gate.release()
        received += events
    assert received == client.events(execution)
    assert [event.id for event in received] == list(range(1, 9))
