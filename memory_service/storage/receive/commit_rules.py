"""Which commits may become part of a memory: less than ``git fsck --strict`` lets pass (fsck_commit in fsck.c)."""

import re
from datetime import datetime, timedelta

from memory_service.storage.commits import SERVICE, Commit

_IDENTITY = rb"(?!<)[^<>\n\0]* <[^<>\n\0]*> (?:0|[1-9][0-9]*) [+-][0-9]{4}\n"
_HEAD = re.compile(
    rb"tree [0-9a-f]{40}\n(?P<parents>(?:parent [0-9a-f]{40}\n)*)(?P<author>author %b)(?P<committer>committer %b)"
    % (_IDENTITY, _IDENTITY)
)
_KNOWN = {b"tree", b"parent", b"author", b"committer"}
_UTF8 = {b"UTF-8", b"utf-8", b"utf8", b"UTF8"}
_AHEAD = timedelta(days=1)
_MOST_PARENTS = 16
_PARENT = len(b"parent \n") + 40


def commit_fault(data: bytes, now: datetime) -> str | None:
    """What is wrong with a commit that somebody pushes, or None."""
    match = _HEAD.match(data)
    if not match or b"\n\n" not in data[match.end() - 1 :]:
        return "it is no commit as git writes them"
    if len(match["parents"]) > _MOST_PARENTS * _PARENT:
        return f"it merges more than {_MOST_PARENTS} commits"
    return _date_fault(match, now) or _text_fault(data, match.end()) or _claim_fault(data)


def _date_fault(match: "re.Match[bytes]", now: datetime) -> str | None:
    for line in (match["author"], match["committer"]):
        date = line.rsplit(b" ", 2)[1]
        if len(date) > 12 or int(date) > (now + _AHEAD).timestamp():
            return "it is dated more than a day ahead: set the clock, then git commit --amend --reset-author"
    return None


def _text_fault(data: bytes, end: int) -> str | None:
    if b"\0" in data:
        return "it holds a NUL byte"
    headers = data[end : data.index(b"\n\n", end - 1) + 1].splitlines()
    for line in headers:
        name, _, value = line.partition(b" ")
        if name in _KNOWN:
            return f"it has a second {name.decode()}"
        if name == b"encoding" and value not in _UTF8:
            return "its text is not in UTF-8: git config i18n.commitEncoding utf-8, then commit anew"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "its text is not in UTF-8"
    return None


def _claim_fault(data: bytes) -> str | None:
    if Commit.parse(data).committer == SERVICE:
        return "it says that the service made it"
    return None
