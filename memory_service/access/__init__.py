"""Keys: made, hashed, verified, turned into a principal."""

from memory_service.access.authenticator import Authenticator
from memory_service.access.minting import mint, parse_label, parse_scopes
from memory_service.access.ports import KeyStore

__all__ = ["Authenticator", "KeyStore", "mint", "parse_label", "parse_scopes"]
