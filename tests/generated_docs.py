"""The pages of ``docs/`` that are made from the code: ``make docs`` writes them, a test keeps them equal."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

from memory_service.http_api.problems import COMMAND_LINE_ONLY, KINDS, STATUS

_HEAD = """\
# Errors

<!-- Made from the code by `make docs`. -->

Every answer that is no success has one shape:

```json
{"error": "<a sentence to act on>", "code": "<one of the codes below>", "requestId": "req_…", "details": {…}}
```

`details` is there only when it helps. `X-Request-Id` repeats the request's id on every answer; quote it when you report
a problem. `x-should-retry: true` says that sending the very same request again may succeed and can do no harm, and
`Retry-After` how many seconds to wait first. The table gives the rule; what an answer says of itself counts: where a
call may have had its effect although it failed (`internal_error`, `integration_failed`, `integration_timeout`), it says
`true` only if the capability is idempotent or the request carried an `Idempotency-Key`.

A failure of an invocation that passed validation has an execution, which `details.executionId` names; its events and
its record say the same.

`Authorization: Bearer KEY` is read before `x-api-key: KEY` where a request sends both. A request without a body and
without `Content-Type` is read as one with the body `{}`. What is no HTTP request at all is answered by the server below
this interface, with a plain 400 and no envelope.
"""

_COMMAND_LINE = """\
## On the command line

These are told by `memory-service` commands only, never by an HTTP answer.
"""


def errors_page() -> str:
    """For every code its status, meaning, causes and fixes."""
    by_status = sorted(STATUS, key=lambda code: STATUS[code])
    table = ["| status | code | meaning | retry |", "|---|---|---|---|"]
    table += [f"| {STATUS[code]} | [`{code}`](#{code}) | {_meaning(code)} | {_retry(code)} |" for code in by_status]
    sections = [_section(code, f"{STATUS[code]} {_phrase(STATUS[code])}") for code in by_status]
    told = [_section(code, None) for code in sorted(COMMAND_LINE_ONLY)]
    return "\n".join([_HEAD, *table, "", *sections, _COMMAND_LINE, *told]).rstrip("\n") + "\n"


def _phrase(status: int) -> str:
    """The words of RFC 9110 for a status; before Python 3.13, http.HTTPStatus has older ones for two of them."""
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


def _section(code: str, status: str | None) -> str:
    kind = KINDS[code]
    heading = "##" if status else "###"
    lines = [f"{heading} {code}", "", f"{status}. {_meaning(code)}" if status else _meaning(code), ""]
    lines += [f"- **Cause:** {kind.cause}", f"- **Fix:** {kind.fix}"]
    return "\n".join([*lines, *([f"- **Retry:** {_retry(code)}."] if status else []), ""])


def _meaning(code: str) -> str:
    return (KINDS[code].__doc__ or "").strip().splitlines()[0].replace("``", "`")


def _retry(code: str) -> str:
    return "yes" if KINDS[code].retryable else "no"


PAGES: Mapping[Path, Callable[[], str]] = {Path(__file__).parents[1] / "docs" / "errors.md": errors_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        file.write_text(page(), encoding="utf-8")
