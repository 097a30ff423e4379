"""Settings come from the environment and from what composition is told, and are checked before anything starts."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from memory_service.settings import Settings


def test_each_setting_is_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_SERVICE_DATA_DIR", "/srv/memory")
    monkeypatch.setenv("MEMORY_SERVICE_REQUESTS_PER_SECOND", "7")
    settings = Settings()
    assert settings.data_dir == Path("/srv/memory")
    assert settings.requests_per_second == 7


def test_what_composition_is_told_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_SERVICE_PORT", "9000")
    assert Settings(port=9001).port == 9001


def test_a_public_url_is_kept_without_its_closing_slash() -> None:
    assert Settings(public_url="https://memory.example.com/").public_url == "https://memory.example.com"


@pytest.mark.parametrize(
    "wrong",
    [{"port": 70_000}, {"port": -1}, {"workers": 0}, {"public_url": "memory.example.com"}, {"log_level": "loud"}],
)
def test_a_value_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())
