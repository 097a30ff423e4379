"""The secret of a key: made, recognised by its form, hashed.

The form is that of other services' tokens that scanners and people can tell by sight: a prefix, 30 random base62
characters (178 bits), and the CRC-32 of all that in six more, which tells a mistyped key without a look-up.
"""

import hashlib
import secrets
import string
import zlib

PREFIX = "cmk_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 30
_CHECK_LENGTH = 6
HINT_LENGTH = 4


def new_secret() -> str:
    """A fresh secret."""
    body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return body + _check(body)


def is_well_formed(secret: str) -> bool:
    """Whether a text has the form of a secret, its check characters included."""
    body = secret[:-_CHECK_LENGTH]
    return (
        secret.startswith(PREFIX)
        and len(secret) == len(PREFIX) + _RANDOM_LENGTH + _CHECK_LENGTH
        and secret.isascii()
        and secret.endswith(_check(body))
    )


def hashed(secret: str) -> bytes:
    """What is kept of a secret: its SHA-256. A slow hash would add nothing to 178 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def _check(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECK_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
