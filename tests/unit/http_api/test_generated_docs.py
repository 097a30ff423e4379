import pytest

from memory_service.http_api.problems import KINDS, STATUS
from tests.generated_docs import PAGES, errors_page


@pytest.mark.requirement("errors.page")
def test_the_pages_made_from_the_code_are_what_the_code_makes() -> None:
    for file, page in PAGES.items():
        assert file.read_text(encoding="utf-8") == page(), f"{file.name} is behind the code: run `make docs`"


@pytest.mark.requirement("errors.page")
def test_the_page_of_errors_gives_for_every_code_its_status_causes_and_fixes() -> None:
    page = errors_page()
    for code, kind in KINDS.items():
        _, _, section = page.partition(f"# {code}\n")
        section = section.partition("\n#")[0]
        assert f"- **Cause:** {kind.cause}" in section
        assert f"- **Fix:** {kind.fix}" in section
        assert code not in STATUS or f"\n{STATUS[code]} " in section
