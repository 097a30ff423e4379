"""The tables of the file table's own database, and what is asked of them.

It is a cache on the disk of one machine, so it is SQLite whatever the main database is.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from memory_service.database.prepared import Prepared

SCHEMA = 1
"""Kept in the file as ``user_version``. Raised with every change of the tables or of what is put into them."""

metadata = MetaData()

mirrors = Table(
    "mirrors",
    metadata,
    Column("org", Text, primary_key=True),
    Column("commit_id", Text, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("org", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("blob", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("title", Text),
    Column("updated_at", BigInteger, nullable=False),
    Column("stem", Text, nullable=False),
    Index("files_by_stem", "org", "stem"),
    sqlite_with_rowid=False,
)

SHORTEST_HELD = 3
"""A name of fewer characters that another one holds says nothing about it."""

_NEIGHBOURS = 50
_HOLDING = 100

_own = files.c.org == bindparam("of_org")
_asked = bindparam("asked", type_=Text)
_length = func.length(_asked, type_=Integer)
_likely = select(files.c.stem, files.c.path).where(_own)

VERSION = Prepared(text("PRAGMA user_version"))
COMMIT = Prepared(select(mirrors.c.commit_id).where(mirrors.c.org == bindparam("of_org")))
ADVANCE = Prepared(
    update(mirrors)
    .where(mirrors.c.org == bindparam("of_org"), mirrors.c.commit_id == bindparam("base"))
    .values(commit_id=bindparam("head"))
)
FORGET_MIRROR = Prepared(delete(mirrors).where(mirrors.c.org == bindparam("of_org")))
ADD_MIRROR = Prepared(insert(mirrors))
FORGET_FILES = Prepared(delete(files).where(_own))
FORGET_FILE = Prepared(delete(files).where(_own, files.c.path == bindparam("of_path")))
ADD_FILE = Prepared(insert(files))
ALL = Prepared(select(files.c.path, files.c.blob).where(_own))
# The paths go in as one JSON list: so the statement stays the same however many there are. The rows come out as one:
# between two rows another thread may have the interpreter, which this one then waits for.
INFOS = Prepared(
    select(
        func.json_group_array(
            func.json_array(files.c.path, files.c.blob, files.c.size, files.c.title, files.c.updated_at)
        )
    ).where(_own, files.c.path.in_(select(func.json_each(bindparam("paths")).table_valued("value").c.value)))
)
# Names that begin alike stand side by side in the index.
AT_OR_AFTER = Prepared(_likely.where(files.c.stem >= _asked).order_by(files.c.stem).limit(_NEIGHBOURS))
BEFORE = Prepared(_likely.where(files.c.stem < _asked).order_by(files.c.stem.desc()).limit(_NEIGHBOURS))
# Names that hold the one asked for or its second half (one wrong letter spares one half, and the first is what names
# that stand side by side share), or are held in it.
HOLDING = Prepared(
    _likely.where(
        _length >= SHORTEST_HELD,
        or_(
            func.instr(files.c.stem, func.substr(_asked, _length // 2 + 1)) > 0,
            (func.length(files.c.stem) >= SHORTEST_HELD) & (func.instr(_asked, files.c.stem) > 0),
        ),
    )
    .order_by(func.instr(files.c.stem, _asked) == 0, func.abs(func.length(files.c.stem) - _length))
    .limit(_HOLDING)
)
