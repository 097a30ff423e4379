"""Making keys."""

from collections.abc import Iterable
from datetime import datetime

from memory_service.access.key_secrets import HINT_LENGTH, hashed, new_secret
from memory_service.domain.calls import Scope
from memory_service.domain.errors import RequestInvalid
from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.keys import Key

MAX_LABEL_LENGTH = 100


def mint(
    key_id: KeyId, org: OrgId, label: str, scopes: frozenset[Scope], created_at: datetime, expires_at: datetime | None
) -> tuple[Key, str]:
    """Make a key; answers it with its secret, which is kept nowhere.

    Raises:
        RequestInvalid: the label, the author of the key's commits, is not one line that a commit can name.
    """
    secret = new_secret()
    key = Key(
        id=key_id,
        org=org,
        name=parse_label(label),
        scopes=scopes,
        secret_hash=hashed(secret),
        hint=secret[-HINT_LENGTH:],
        created_at=created_at,
        expires_at=expires_at,
    )
    return key, secret


def parse_label(label: str) -> str:
    """Read the label of a key.

    Raises:
        RequestInvalid: it is not one line that a commit can name as its author.
    """
    if not (label.strip() and label.isprintable() and len(label) <= MAX_LABEL_LENGTH) or set("<>") & set(label):
        raise RequestInvalid(
            f"the label of a key is one line of 1 to {MAX_LABEL_LENGTH} printable characters, without < and >"
        )
    return label.strip()


def parse_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Read the names of scopes.

    Raises:
        RequestInvalid: one is unknown, or there is none.
    """
    try:
        scopes = frozenset(map(Scope, names))
    except ValueError as error:
        raise RequestInvalid(f"a scope is one of {', '.join(Scope)}") from error
    if not scopes:
        raise RequestInvalid("a key has at least one scope")
    return scopes
