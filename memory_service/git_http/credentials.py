"""The key that a git client sends."""

import binascii
from base64 import b64decode

from starlette.datastructures import Headers


def secret_of(headers: Headers) -> str | None:
    """The key of a request: the password of HTTP Basic (RFC 7617), whatever the user's name, or a Bearer token.

    None when there is none. Credentials that cannot be read are an empty key, which is as good as none.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(value.strip(), validate=True).decode().partition(":")[2] or None
    except (binascii.Error, UnicodeDecodeError):
        return None
