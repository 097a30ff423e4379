"""Edits as the memory makes them, in few words."""

from collections.abc import Callable, Mapping

from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Edit, Found


def edit(path: str, apply: Callable[[Found | None], bytes | None], trailers: Mapping[str, str] | None = None) -> Edit:
    """An edit that does what ``apply`` says."""
    return Edit(
        path=MemoryPath.parse(path),
        apply=apply,
        author="agent",
        author_id="key_1",
        subject="change",
        trailers=trailers or {},
    )


def put(path: str, content: bytes, trailers: Mapping[str, str] | None = None) -> Edit:
    """An edit that sets the content, whatever is there."""
    return edit(path, lambda found: content, trailers)


def append(path: str, content: bytes, trailers: Mapping[str, str] | None = None) -> Edit:
    """An edit that adds to what is there."""
    return edit(path, lambda found: (found.content if found else b"") + content, trailers)
