"""A backup cannot be made where it is to be, or cannot be restored. All of it is told on the command line only."""

from typing import ClassVar

from memory_service.domain.errors.capacity import DataCorrupt, Unavailable
from memory_service.domain.errors.missing import NotFound
from memory_service.domain.errors.state import Conflict


class BackupPlaceTaken(Conflict):
    """There is something at the place for a backup that is no backup of this data folder."""

    code: ClassVar[str] = "backup_place_taken"
    cause: ClassVar[str] = (
        "The folder for the backup has other files in it, or the file is no backup, or the backup there holds an "
        "organisation that the data folder does not have. Only the command line says so."
    )
    fix: ClassVar[str] = "Name a new folder or file, and see that `--data` is right."

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"Nothing was written to {place}: {reason}")


class BackupPlaceUnusable(Unavailable):
    """The place of a backup cannot be read or written."""

    code: ClassVar[str] = "backup_place_unusable"
    cause: ClassVar[str] = (
        "The folder or file of the backup cannot be read or written by this user, or another backup is being written "
        "there. Only the command line says so."
    )
    fix: ClassVar[str] = "Give this user the right to it, wait for the other backup, or name another place."

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"Cannot use {place} for a backup: {reason}")


class BackupNotFound(NotFound):
    """There is no backup at the place."""

    code: ClassVar[str] = "backup_not_found"
    cause: ClassVar[str] = "The folder or file that was named holds no backup. Only the command line says so."
    fix: ClassVar[str] = "Name the folder or the file that `memory-service backup` has written."

    def __init__(self, place: str) -> None:
        super().__init__(f"There is no backup at {place}")


class BackupDamaged(DataCorrupt):
    """A file of a backup is missing, or is not what was written."""

    code: ClassVar[str] = "backup_damaged"
    cause: ClassVar[str] = "A file of the backup is missing, cut off or changed. Only the command line says so."
    fix: ClassVar[str] = "Restore another backup; nothing was put into the data folder."

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"The backup at {place} is damaged: {reason}")


class BackupOfAnotherVersion(DataCorrupt):
    """A backup is of a format that this version does not know."""

    code: ClassVar[str] = "backup_of_another_version"
    cause: ClassVar[str] = (
        "The backup was made by a version of the service that writes another format. Only the command line says so."
    )
    fix: ClassVar[str] = "Restore it with the version that made it, then install this one."

    def __init__(self, place: str, found: object, known: int, made_by: str) -> None:
        super().__init__(
            f"The backup at {place} is of format {found}, made by version {made_by}; this version reads format {known}"
        )


class DataFolderNotEmpty(Conflict):
    """A backup is to be restored into a folder that holds something."""

    code: ClassVar[str] = "data_folder_not_empty"
    cause: ClassVar[str] = "The data folder to restore into holds files. Only the command line says so."
    fix: ClassVar[str] = "Name an empty or new folder with `--data`; move the old one away if it is to be replaced."

    def __init__(self, folder: str, found: str) -> None:
        super().__init__(f"Nothing was restored: the data folder {folder} is not empty, it holds {found}")
