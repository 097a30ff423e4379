"""A damaged database is not served from."""

from pathlib import Path

import pytest

from memory_service.domain.errors import DataCorrupt
from memory_service.service import open_service
from memory_service.settings import Settings


def test_a_sound_database_is_served_from(tmp_path: Path) -> None:
    with open_service(Settings(data_dir=tmp_path)) as service:
        service.examination.refuse_damage()


def test_a_database_with_a_torn_page_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with open_service(settings) as service:
        service.organisations.create("acme")
        for number in range(200):
            service.keyring.create("acme", f"agent {number}", ["runtime"])
    database = tmp_path / "memory.db"
    content = bytearray(database.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    database.write_bytes(content)
    with open_service(settings) as service, pytest.raises(DataCorrupt):
        service.examination.refuse_damage()
