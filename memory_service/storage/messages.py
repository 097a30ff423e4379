"""Commit messages and identities: one line of subject, then trailers as ``git interpret-trailers`` knows them."""

import re
from collections.abc import Mapping

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TRAILER = re.compile(rb"([A-Za-z0-9-]+): (.*)")


def one_line(text: str) -> str:
    """The text without line breaks and other control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def identity(name: str, address: str) -> bytes:
    """An author or committer as git writes it, without time: ``name <address>``."""
    name, address = (one_line(re.sub("[<>]", "", part)) for part in (name, address))
    return f"{name or address or 'unknown'} <{address}>".encode("utf-8", "replace")


def compose(subject: str, trailers: Mapping[str, str]) -> bytes:
    """A message of one line and a last paragraph of trailers, in the order given."""
    lines = [one_line(subject) or "Change", ""]
    lines += [f"{key}: {one_line(value)}" for key, value in trailers.items()]
    return "\n".join(lines if trailers else lines[:1]).encode("utf-8", "replace") + b"\n"


def trailers_of(message: bytes) -> dict[str, str]:
    """The trailers of a message: its last paragraph, if that is not the first and holds nothing but trailers.

    Stricter than git, so that no line of a subject or text that somebody chose counts as one.
    """
    _, *rest = re.split(rb"\n\n+", message.strip(b"\n"))
    lines = rest[-1].split(b"\n") if rest else []
    matches = [_TRAILER.fullmatch(line) for line in lines]
    if not all(matches):
        return {}
    return {match[1].decode(): match[2].decode("utf-8", "replace") for match in matches if match}
