"""The package keeps the rules of its architecture, and the rules find what breaks them."""

from pathlib import Path

import pytest

import memory_service
from tests.architecture import (
    PACKAGE,
    ROOMS,
    THIRD_PARTIES,
    Rule,
    asks_the_system,
    junk_drawer,
    long_file,
    long_function,
    looks_up_or_sideways,
    third_party_in_domain,
    third_party_outside_its_room,
    undocumented,
    unknown_room,
    violations,
)

SOURCE = Path(memory_service.__file__).parent
BESIDE = [Path(__file__).parent, Path(__file__).parents[1] / "benchmarks"]


def keeps(rule: Rule, *folders: Path) -> None:
    """Fail with every place of the package, or of other folders, that breaks a rule."""
    found = [fault for folder in folders or [SOURCE] for fault in violations(rule, folder)]
    assert not found, "\n".join(["", *found])


def test_every_module_is_in_a_room() -> None:
    keeps(unknown_room)


def test_no_room_looks_upward_or_sideways() -> None:
    keeps(looks_up_or_sideways)


def test_every_third_party_stays_in_its_room() -> None:
    keeps(third_party_outside_its_room)


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    keeps(third_party_in_domain)
    assert not any("domain" in owners for owners in THIRD_PARTIES.values())


def test_only_composition_asks_the_system_for_time_identifiers_and_environment() -> None:
    keeps(asks_the_system)


def test_no_module_is_a_junk_drawer() -> None:
    keeps(junk_drawer)


def test_no_file_is_too_long() -> None:
    keeps(long_file, SOURCE, *BESIDE)


def test_no_function_is_too_long() -> None:
    keeps(long_function, SOURCE, *BESIDE)


def test_every_public_name_has_a_docstring() -> None:
    keeps(undocumented)


def test_rooms_may_only_import_rooms_that_come_before_them() -> None:
    order = list(ROOMS)
    assert all(order.index(below) < order.index(room) for room, belows in ROOMS.items() for below in belows)


LONG_BODY = "    x = 1\n" * 40

PLANTED = [
    (unknown_room, "attic/rows.py", "", "is in no room"),
    (looks_up_or_sideways, "domain/ids.py", "from memory_service.memory import service", "must not know memory"),
    (looks_up_or_sideways, "search/index.py", "import memory_service.storage.store", "must not know storage"),
    (looks_up_or_sideways, "memory/service.py", "from memory_service import runtime", "must not know runtime"),
    (looks_up_or_sideways, "database/keys.py", "from memory_service.access.ports import Key", "must not know access"),
    (looks_up_or_sideways, "http_api/app.py", "from memory_service.settings import Settings", "know composition"),
    (looks_up_or_sideways, "storage/store.py", "from ..search import index", "must not know search"),
    (looks_up_or_sideways, "access/keys.py", "def f():\n    import memory_service.memory", "must not know memory"),
    (
        looks_up_or_sideways,
        "runtime/runtime.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from memory_service.http_api import app",
        ":3 imports memory_service.http_api.app: runtime must not know http_api",
    ),
    (third_party_outside_its_room, "memory/service.py", "import dulwich.repo", "dulwich belongs to storage"),
    (third_party_outside_its_room, "memory/service.py", "from pydantic import BaseModel", "pydantic belongs to"),
    (third_party_outside_its_room, "runtime/runtime.py", "from sqlalchemy import select", "belongs to database"),
    (third_party_outside_its_room, "search/index.py", "import sqlite3", "sqlite3 belongs to database"),
    (third_party_outside_its_room, "cli/app.py", "def f():\n    import whoosh", "whoosh belongs to search"),
    (third_party_outside_its_room, "storage/store.py", "import pygit2", "pygit2 has no room"),
    (third_party_in_domain, "domain/ids.py", "from typing_extensions import TypedDict", "standard library alone"),
    (asks_the_system, "runtime/runtime.py", "from datetime import datetime as d\nd.now()", ":2 uses datetime"),
    (asks_the_system, "runtime/runtime.py", "import datetime\ndatetime.datetime.now()", "uses datetime.datetime.now"),
    (asks_the_system, "storage/store.py", "from time import time", "uses time.time"),
    (asks_the_system, "storage/store.py", "import os\nos.environ['HOME']", "uses os.environ"),
    (asks_the_system, "storage/store.py", "from os import getenv", "uses os.getenv"),
    (asks_the_system, "memory/service.py", "from uuid import uuid4", "uses uuid"),
    (asks_the_system, "runtime/runtime.py", "import secrets", "uses secrets"),
    (junk_drawer, "memory/utils.py", "", 'is named "utils"'),
    (junk_drawer, "memory/_helpers/lines.py", "", 'is named "_helpers"'),
    (long_file, "memory/service.py", "x = 1\n" * 301, "has 301 lines of 300"),
    (long_function, "memory/service.py", f"def f():\n{LONG_BODY}", "f has 41 lines of 40"),
    (long_function, "memory/service.py", f"class A:\n def f(self):\n{LONG_BODY}", "f has 41 lines of 40"),
    (undocumented, "memory/service.py", "x = 1", "the module has no docstring"),
    (undocumented, "memory/service.py", '"""M."""\nasync def f(): ...', "f has no docstring"),
    (undocumented, "memory/service.py", '"""M."""\nclass A:\n    """A."""\n    def f(self): ...', "f has no docstring"),
]


@pytest.mark.parametrize(("rule", "file", "source", "fault"), PLANTED)
def test_a_planted_violation_is_found(tmp_path: Path, rule: Rule, file: str, source: str, fault: str) -> None:
    found = violations(rule, planted(tmp_path, file, source))
    assert len(found) == 1
    assert found[0].startswith(f"memory_service/{file}:")
    assert fault in found[0]


ALLOWED = [
    ("http_api/app.py", '"""M."""\nfrom fastapi import FastAPI\nfrom memory_service.runtime import Runtime'),
    ("memory/inputs.py", '"""M."""\nfrom pydantic import BaseModel\nfrom memory_service.domain.ids import OrgId'),
    ("access/keys.py", '"""M."""\nimport secrets'),
    ("settings.py", '"""M."""\nimport os\nfrom memory_service.storage import store\nos.environ["HOME"]'),
    ("cli/app.py", '"""M."""\nimport typer\nfrom memory_service.service import open_service'),
    ("storage/store.py", '"""M."""\nfrom datetime import datetime\nimport time\ntime.monotonic()'),
    ("storage/store.py", '"""M."""\ndef f(secrets):\n    """F."""\n    return secrets.first'),
    ("memory/service.py", f'"""M."""\ndef f():\n    """F.\n\n    More.\n    """\n{LONG_BODY[10:]}'),
    ("memory/service.py", '"""M."""\nclass _A:\n    def f(self): ...\ndef f():\n    """F."""\n    def g(): ...'),
]


@pytest.mark.parametrize(("file", "source"), ALLOWED)
def test_what_is_allowed_is_not_found(tmp_path: Path, file: str, source: str) -> None:
    rules: list[Rule] = [unknown_room, looks_up_or_sideways, third_party_outside_its_room, third_party_in_domain]
    rules += [asks_the_system, junk_drawer, long_file, long_function, undocumented]
    package = planted(tmp_path, file, source)
    assert [fault for rule in rules for fault in violations(rule, package)] == []


def planted(folder: Path, file: str, source: str) -> Path:
    """A package with one module."""
    package = folder / PACKAGE
    (package / file).parent.mkdir(parents=True)
    (package / file).write_text(source, "utf-8")
    return package
