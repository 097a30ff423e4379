"""How much one call may hold, and how long it may wait."""

from dataclasses import dataclass

MAX_LISTED = 1000
MAX_HITS = 50
MAX_QUERY_LENGTH = 2000
"""Characters."""
MAX_TAGS = 16
"""Tags that one search asks for."""
MAX_TAG_LENGTH = 64
"""Characters."""
MIN_TOKENS = 200
"""What an answer takes in which nothing fits, and some more."""
MAX_SUBJECT_LENGTH = 200
"""Characters of the subject of a commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimits:
    """What an operator may set; the other limits are part of what the tools promise."""

    max_file_bytes: int = 1024 * 1024
    """Largest memory file, after an edit."""
    max_read_bytes: int = 256 * 1024
    """Most content that one read answers; one line is always answered whole."""
    max_diff_bytes: int = 8 * 1024
    """Largest diff that a refused write carries."""
    similar: int = 5
    """Paths that are offered where one was not found."""
    catch_up_seconds: float = 5.0
    """How long a call waits for an index that is being built."""
    catch_up_files: int = 64
    """How many changed files a call takes into an index by itself; more are taken in in the background."""
    catch_up_commits: int = 500
    """How many commits a call reads to find what has changed; more are read in the background."""
    catch_up_calls: int = 4
    """How many calls of one organisation wait so long; they hold workers that other organisations need."""
    catch_up_crowd_seconds: float = 2.0
    """How long the others wait: most of what is built is built by then."""
    earlier_commits: int = 5_000
    """How many commits a call reads to search an earlier one whose index is not kept; some are read several times."""
    earlier_files: int = 500
    """How many files it analyses for that."""
    earlier_bytes: int = 4 * 1024 * 1024
    """How much those may hold together."""
