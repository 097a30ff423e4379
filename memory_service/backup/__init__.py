"""Copies of everything that is kept, made beside a running server, and put back whole or not at all."""

from memory_service.backup.making import Backup, Backups, Written
from memory_service.backup.opening import opened_source, opened_target
from memory_service.backup.restoring import is_being_restored, restore

__all__ = ["Backup", "Backups", "Written", "is_being_restored", "opened_source", "opened_target", "restore"]
