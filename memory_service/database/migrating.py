"""Brings a database to the newest schema, with alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

_FOLDER = Path(__file__).parent / "migrations"


def config() -> Config:
    """The configuration of alembic, without a file."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return made


def is_known(revision: str) -> bool:
    """Whether a revision is one of this code's migrations."""
    try:
        return ScriptDirectory.from_config(config()).get_revision(revision) is not None
    except CommandError:
        return False


def upgrade(engine: Engine) -> None:
    """Run the migrations that a database lacks, in one transaction."""
    with engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
