"""What people read agrees with the code, and what they may paste can be read by a shell."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest

from memory_service.domain.paths import MemoryPath

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_memory"
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
MEMORIES = sorted(file for file in SAMPLE.rglob("*") if file.is_file())

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SETTING = re.compile(r"^\| `(MEMORY_SERVICE_\w+)` \| (\S+) \|", re.MULTILINE)


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_readme_lists_every_setting_with_its_default() -> None:
    from memory_service.settings import Settings

    fields = Settings.model_fields.items()
    assert dict(_SETTING.findall(text_of("README.md"))) == {
        f"MEMORY_SERVICE_{name.upper()}": shown(field.get_default(call_default_factory=True)) for name, field in fields
    }


def shown(default: object) -> str:
    """A default as the table has it: as it would be set in the environment."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def test_every_setting_that_a_page_names_exists() -> None:
    from memory_service.settings import Settings

    known = {f"MEMORY_SERVICE_{name.upper()}" for name in Settings.model_fields}
    named = {name for page in PAGES for name in re.findall(r"\bMEMORY_SERVICE_[A-Z_]+[A-Z]", page.read_text("utf-8"))}
    assert named <= known


def test_every_error_code_is_explained() -> None:
    from memory_service.http_api.problems import KINDS

    explained = _HEADING.findall(text_of("docs/errors.md"))
    assert sorted(set(KINDS) - set(explained)) == []


def test_every_capability_is_explained() -> None:
    from memory_service.memory.service import Memory
    from memory_service.memory.tools import memory_capabilities

    # To describe the tools takes no memory, only to call them does.
    names = [capability.name for capability in memory_capabilities(cast("Memory", None))]
    headings = [heading for heading in _HEADING.findall(text_of("docs/memory.md")) if heading.startswith("memory_")]
    assert sorted(headings) == sorted(names)
    assert [name for name in names if f"**{name}**" not in text_of("README.md")] == []


def test_every_input_of_a_capability_is_explained() -> None:
    from memory_service.memory.service import Memory
    from memory_service.memory.tools import memory_capabilities

    page = text_of("docs/memory.md")
    for capability in memory_capabilities(cast("Memory", None)):
        section = page.partition(f"\n## {capability.name}\n")[2].partition("\n## ")[0]
        explained = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert explained == list(cast("dict[str, Any]", capability.parameters["properties"])), capability.name


def test_every_command_is_in_the_readme() -> None:
    from typer.main import get_command

    from memory_service.cli.app import app

    documented = re.findall(r"^\| `memory-service ((?:[a-z]+ ?)+)", text_of("README.md"), re.MULTILINE)
    assert sorted(name.strip() for name in documented) == sorted(commands(get_command(app)))


def commands(command: Any, above: str = "") -> Iterator[str]:
    """The full names of a command's leaves that its help shows."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield above
    else:
        for name, below in inner.items():
            if not below.hidden:
                yield from commands(below, f"{above} {name}".strip())


def test_every_decision_is_numbered_in_the_index_and_short() -> None:
    folder = ROOT / "docs" / "decisions"
    index = _LINK.findall((folder / "README.md").read_text("utf-8"))
    records = sorted(file.name for file in folder.glob("[0-9]*.md"))
    assert index == records
    assert [name for name in records if not (folder / name).read_text("utf-8").startswith(f"# {name[:4]}: ")] == []
    assert [name for name in records if len((folder / name).read_text("utf-8").splitlines()) > 30] == []


@pytest.mark.parametrize("page", [*PAGES, *MEMORIES], ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text("utf-8"))
    targets = [target for target in _LINK.findall(text) if not re.match(r"[a-z]+:", target)]
    assert [target for target in targets if not leads_somewhere(page, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / unquote(path) if path else page
    return file.exists() and (not anchor or anchor in anchors(file))


def anchors(file: Path) -> set[str]:
    """The anchors that a page's headings get where git is hosted."""
    headings = _HEADING.findall(_FENCE.sub("", file.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_shell_block_can_be_read_by_a_shell(page: Path) -> None:
    for language, block in _FENCE.findall(page.read_text("utf-8")):
        if language == "sh":
            done = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr + block


@pytest.mark.parametrize("page", [*PAGES, *MEMORIES], ids=name_of)
def test_every_page_is_clean_text(page: Path) -> None:
    text = page.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text
    assert [line for line in text.splitlines() if line.endswith((" ", "\t"))] == []


def test_the_sample_memory_holds_valid_memory_files_only() -> None:
    paths = [MemoryPath.parse_file(file.relative_to(SAMPLE).as_posix()) for file in MEMORIES]
    folders = [path.parts[0] for path in paths if len(path.parts) > 1]
    assert MemoryPath("/MEMORY.md") in paths
    assert folders.count("topics") >= 12
    assert folders.count("daily") >= 10
    assert folders.count("playbooks") >= 1


def test_daily_notes_of_the_sample_are_titled_with_their_day() -> None:
    from datetime import date

    for file in sorted((SAMPLE / "daily").iterdir()):
        day = date.fromisoformat(file.stem)
        assert file.read_text("utf-8").startswith(f"# {day:%A}, {day.day} {day:%B} {day.year}\n"), file.name
