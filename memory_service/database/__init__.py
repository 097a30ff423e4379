"""Tables and queries, and nothing decided by them. The only room that knows SQL."""

from memory_service.database.copies import HeldState
from memory_service.database.database import Database
from memory_service.database.file_tables import FileTables
from memory_service.database.keys import Keys
from memory_service.database.orgs import Org, Orgs
from memory_service.database.pushes import Pushes
from memory_service.database.runtime_records import RuntimeRecords

__all__ = ["Database", "FileTables", "HeldState", "Keys", "Org", "Orgs", "Pushes", "RuntimeRecords"]
