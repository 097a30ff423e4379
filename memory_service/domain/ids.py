"""Identifiers: opaque on the wire, distinct in the type checker."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import NewType

from memory_service.domain.errors import RequestInvalid

OrgId = NewType("OrgId", str)
"""The name of an organisation: 1 to 63 of ``a-z 0-9 -``, first and last a letter or digit."""

KeyId = NewType("KeyId", str)
SessionId = NewType("SessionId", str)
ExecutionId = NewType("ExecutionId", str)
RunId = NewType("RunId", str)
PushId = NewType("PushId", str)

CommitId = NewType("CommitId", str)
"""Forty lower-case hexadecimal digits naming a git commit."""

BlobId = NewType("BlobId", str)
"""Forty lower-case hexadecimal digits naming the content of a file; ``version`` on the wire."""

Clock = Callable[[], datetime]
"""Tells the present moment, in UTC. Passed in by composition; nothing below it asks the system."""

NewId = Callable[[str], str]
"""Makes a fresh, time-ordered identifier with the given prefix: ``new_id("exec") == "exec_0198…"``."""

_ORG_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def parse_org(name: str) -> OrgId:
    """Read the name of an organisation.

    Raises:
        RequestInvalid: it is not a name that an organisation can have.
    """
    if not _ORG_NAME.fullmatch(name):
        raise RequestInvalid("the name of an organisation is 1 to 63 of a-z, 0-9 and -, and begins and ends without -")
    return OrgId(name)
