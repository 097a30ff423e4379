"""The files that make a folder a bare git repository, and where repositories stand."""

import re
from pathlib import Path

from memory_service.domain.ids import OrgId
from memory_service.storage import disk

_ORG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SUFFIX = ".git"
_FOLDERS = ["objects/pack", "objects/info", "refs/heads", "refs/tags", "logs/refs/heads"]
HEAD = b"ref: refs/heads/main\n"
# What git itself does in here, when people run it: no upkeep of its own accord, nothing half on disk, nothing undone.
_CONFIG = b"""[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = true
\tfsync = all
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
\tunpackLimit = 1
\tdenyNonFastForwards = true
\tdenyDeletes = true
\tfsckObjects = true
"""


def folder_of(root: Path, org: OrgId) -> Path | None:
    """Where the repository of an organisation stands or would stand; None for what can be no organisation's name."""
    return root / f"{org}{_SUFFIX}" if _ORG.fullmatch(org) else None


def orgs_in(root: Path) -> list[OrgId]:
    """The organisations that have a repository, in order of name."""
    if not root.is_dir():
        return []
    names = (path.name.removesuffix(_SUFFIX) for path in root.iterdir() if path.name.endswith(_SUFFIX))
    return sorted(OrgId(name) for name in names if _ORG.fullmatch(name))


def make_bare(folder: Path, config: bytes = _CONFIG) -> None:
    """Make an empty folder a bare repository without commits; durable when this returns."""
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True)
    disk.write_new(folder / "HEAD", HEAD, 0o644)
    disk.write_new(folder / "config", config, 0o644)


def sync_all(folder: Path) -> None:
    """Bring the names in a repository's folders to the platter."""
    for name in [*_FOLDERS, "objects", "refs", "logs/refs", "logs", "."]:
        disk.sync(folder / name)
