"""The error tree keeps its promises to clients and to the page that explains it."""

from collections.abc import Iterator

import pytest

from memory_service.domain import errors
from memory_service.domain.errors import MemoryServiceError


def leaves(root: type[MemoryServiceError] = MemoryServiceError) -> Iterator[type[MemoryServiceError]]:
    for child in root.__subclasses__():
        if child.__dict__.get("code"):
            yield child
        yield from leaves(child)


@pytest.mark.parametrize("error", list(leaves()), ids=lambda error: error.__name__)
def test_every_error_has_a_code_a_cause_and_a_fix_of_its_own(error: type[MemoryServiceError]) -> None:
    for attribute in ("code", "cause", "fix"):
        assert error.__dict__[attribute].strip()
    assert error.code.islower()
    assert error.__name__ in errors.__all__


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in leaves()]
    assert len(codes) == len(set(codes))


def test_the_sentence_about_several_accounts_is_the_contracts() -> None:
    error = errors.AccountAmbiguous("linkedin_search_people", [{"connectedAccountId": "acc_1"}])
    assert error.message == (
        'Capability "linkedin_search_people" requires connectedAccountId '
        "because it is available on multiple connected accounts"
    )
    assert error.details == {"availableAccounts": [{"connectedAccountId": "acc_1"}]}
