"""Which capabilities an organisation has."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from memory_service.domain.calls import Principal
from memory_service.domain.capabilities import Capability
from memory_service.domain.errors import CapabilityNotFound
from memory_service.domain.ids import OrgId


def none_of_its_own(org: OrgId) -> Sequence[Capability]:
    """An organisation that has the shared capabilities only."""
    return ()


class Registry:
    """The capabilities that all organisations share, and those of each one.

    Raises:
        ValueError: two shared capabilities have the same name.
    """

    def __init__(
        self, shared: Sequence[Capability], of_org: Callable[[OrgId], Sequence[Capability]] = none_of_its_own
    ) -> None:
        self._shared = tuple(shared)
        self._of_org = of_org
        _by_name(self._shared)

    def capabilities(self, org: OrgId) -> Sequence[Capability]:
        """All that the organisation has: the shared ones first, each group in the order in which it was given.

        Raises:
            ValueError: two of them have the same name.
        """
        return tuple(self._by_name(org).values())

    def capability(self, org: OrgId, name: str) -> Capability:
        """The capability of that name.

        Raises:
            CapabilityNotFound: the organisation has none.
        """
        found = self._by_name(org).get(name)
        if found is None:
            raise CapabilityNotFound(name)
        return found

    def listed(self, principal: Principal) -> Sequence[Capability]:
        """Those of the principal's organisation that its key may invoke."""
        return tuple(one for one in self.capabilities(principal.org) if principal.allows(one.scope))

    def _by_name(self, org: OrgId) -> Mapping[str, Capability]:
        return _by_name((*self._shared, *self._of_org(org)))


def _by_name(capabilities: Iterable[Capability]) -> Mapping[str, Capability]:
    named: dict[str, Capability] = {}
    for capability in capabilities:
        if capability.name in named:
            raise ValueError(f"two capabilities are named {capability.name}")
        named[capability.name] = capability
    return named
