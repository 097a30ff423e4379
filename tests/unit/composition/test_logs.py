"""The log says what happened, and nothing of what clients sent."""

import json
import logging

import pytest
import structlog

from memory_service.logs import configure_logging, log_fault


def test_each_event_is_one_line_of_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    structlog.get_logger("memory_service").info("request", status=200)
    logging.getLogger("some.library").warning("careful: %s", "hot")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["status"], ours["level"]) == ("request", 200, "info")
    assert (theirs["event"], theirs["level"]) == ("careful: hot", "warning")


def test_less_than_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("error")
    structlog.get_logger("memory_service").warning("unheard")
    assert capsys.readouterr().err == ""


def test_a_fault_is_told_by_its_type_and_places_and_not_by_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")

    def fails() -> None:
        raise ValueError("cmk_secret in the content of a file")

    with pytest.raises(ValueError, match="cmk_secret") as caught:
        fails()
    log_fault(caught.value)
    line = capsys.readouterr().err
    told = json.loads(line)
    assert told["error"] == "ValueError"
    assert told["at"][-1].endswith(" fails")
    assert "cmk_secret" not in line


def test_libraries_are_heard_from_warnings_up_at_any_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug")
    structlog.get_logger("memory_service.access").debug("ours")
    logging.getLogger("sse_starlette.sse").debug("chunk: %s", "the content of a file")
    logging.getLogger("uvicorn.access").info("GET /?the-content-of-a-query")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["ours"]


def test_an_exception_that_a_library_logs_is_told_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    with pytest.raises(UnicodeError) as caught:
        b"\xff the content of a file".decode()
    # As asyncio does of a task that nobody asked how it went.
    logging.getLogger("asyncio").error("Task failed\nfuture: <Task exception=%r>", caught.value, exc_info=caught.value)
    line = capsys.readouterr().err
    told = json.loads(line)
    assert (told["event"], told["error"]) == ("Task failed", "UnicodeDecodeError")
    assert told["at"][0].endswith("_without_its_message")
    assert "content" not in line
