"""How files are named as resources: ``memory:///topics/icp.md``, percent-encoded as RFC 3986 has it."""

from urllib.parse import quote, unquote

TEMPLATE = "memory:///{+path}"

_ROOT = "memory:///"


def uri_of(path: str) -> str:
    """The one URI that a file is told of by."""
    return _ROOT + quote(path.removeprefix("/"), safe="/")


def path_of(uri: str) -> str | None:
    """The path that a URI means, however it is encoded; None when it means none."""
    try:
        return "/" + unquote(uri.removeprefix(_ROOT), errors="strict") if uri.startswith(_ROOT) else None
    except UnicodeDecodeError:
        return None
