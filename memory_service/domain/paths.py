"""Names of files and folders in a memory, and the rules that keep them safe in every git client.

The rules are those of the wire contract ("The five memory capabilities") and of git's own protection against
names that a file system would take for ``.git``: ``verify_path`` in git's ``read-cache.c``, ``is_hfs_dotgit`` in
``utf8.c``, ``is_ntfs_dotgit`` and ``is_ntfs_dot_generic`` in ``path.c``.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from memory_service.domain.errors import PathInvalid

MAX_PATH_BYTES = 1024
MAX_NAME_BYTES = 255
MAX_DEPTH = 32
MEMORY_SUFFIX = ".md"

_FORBIDDEN = re.compile(r'[\\:*?"<>|]')
_GIT_SHORT_NAME = re.compile(r"git~[0-9]+", re.IGNORECASE)
# Its short names are a little wider here than in git, which has one list of them for each file.
_GIT_FILE = re.compile(r"\.git(attributes|ignore|modules)|g[0-9a-z]{0,5}~[0-9]+")
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# Code points that HFS+ ignores when it compares names (git's utf8.c, next_hfs_char).
_IGNORED_BY_HFS = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
# Characters that turn the direction of text (UAX 9): a name with one reads as another name.
_BIDI = frozenset(map(chr, [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


@dataclass(frozen=True, slots=True, order=True)
class MemoryPath:
    """An absolute, normalised path of a file or folder; ``/`` is the root. Its text starts with ``/``, ends without."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a path as a client wrote it; a missing leading slash is supplied.

        Raises:
            PathInvalid: the path breaks a rule; ``rule`` says which.
        """
        absolute = text if text.startswith("/") else "/" + text
        if absolute == "/":
            return cls(absolute)
        for rule, sentence in _faults(absolute):
            raise PathInvalid(text, rule, sentence)
        return cls(absolute)

    @classmethod
    def parse_folder(cls, text: str) -> Self:
        """Read the path of a folder, which may be written with one closing slash.

        Raises:
            PathInvalid: the path breaks a rule.
        """
        return cls.parse(text[:-1] if len(text) > 1 and text.endswith("/") and not text.endswith("//") else text)

    @classmethod
    def parse_file(cls, text: str) -> Self:
        """Read the path of a memory file.

        Raises:
            PathInvalid: the path breaks a rule, or does not end in ``.md``.
        """
        path = cls.parse(text)
        if not path.is_memory:
            raise PathInvalid(text, "suffix", f'memory files end in "{MEMORY_SUFFIX}"')
        return path

    @property
    def parts(self) -> tuple[str, ...]:
        """The names from the root down; empty for the root."""
        return tuple(self.text[1:].split("/")) if self.text != "/" else ()

    @property
    def name(self) -> str:
        """The last part; empty for the root."""
        return self.text.rpartition("/")[2]

    @property
    def parent(self) -> "MemoryPath":
        """The folder that holds this path; the root holds itself."""
        return MemoryPath(self.text.rpartition("/")[0] or "/")

    @property
    def is_root(self) -> bool:
        """Whether this is the root folder."""
        return self.text == "/"

    @property
    def is_memory(self) -> bool:
        """Whether the name is one of a memory file."""
        return self.text.endswith(MEMORY_SUFFIX) and len(self.name) > len(MEMORY_SUFFIX)

    def ancestors(self) -> Iterator["MemoryPath"]:
        """The folders above this path, from its parent up to the root."""
        path = self
        while not path.is_root:
            path = path.parent
            yield path

    def is_within(self, folder: "MemoryPath") -> bool:
        """Whether this path is ``folder`` or lies below it."""
        return folder.is_root or self.text == folder.text or self.text.startswith(folder.text + "/")

    def child(self, name: str) -> "MemoryPath":
        """The path of ``name`` in this folder; the name is taken as it is, for names read from a valid tree."""
        return MemoryPath((self.text if not self.is_root else "") + "/" + name)

    def __str__(self) -> str:
        return self.text


def fold(name: str) -> str:
    """The form in which two names are twins: equal for names that some file system cannot tell apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _faults(path: str) -> Iterator[tuple[str, str]]:
    """Yield (rule, sentence) for each rule that an absolute path breaks."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        yield "utf8", "it holds half a surrogate pair, which is no character"
        return
    if size > MAX_PATH_BYTES:
        yield "length", f"it has {size} bytes; {MAX_PATH_BYTES} are allowed"
    if unicodedata.normalize("NFC", path) != path:
        yield "nfc", "it is not in Unicode normal form C (NFC)"
    names = path[1:].split("/")
    if len(names) > MAX_DEPTH:
        yield "depth", f"it has {len(names)} parts; {MAX_DEPTH} are allowed"
    for name in names:
        fault = name_fault(name)
        if fault:
            yield fault
    if any(map(is_git_file, names[:-1])):
        yield "git", "a folder of it has the name of a file that git clients obey"


def name_fault(name: str) -> tuple[str, str] | None:
    """The rule that one part of a path breaks and a sentence about it, or None for a good name."""
    if name in {"", ".", ".."}:
        return ("empty", "it has an empty part") if not name else ("dots", f'it has the part "{name}"')
    if len(name.encode()) > MAX_NAME_BYTES:
        return "name_length", f"a part has over {MAX_NAME_BYTES} bytes"
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in name):
        return "control", "it holds a control character or line break"
    if not _BIDI.isdisjoint(name):
        return "bidi", "it holds a character that turns the direction of text"
    if "\\" in name:
        return "backslash", "it holds a backslash"
    if _reads_as_git(name):
        return "git", "a part of it is read as .git by a git client"
    return _portability_fault(name)


def is_git_file(name: str) -> bool:
    """Whether a git client obeys a file of this name, such as ``.gitmodules``; a folder of it fails ``git fsck``."""
    return _GIT_FILE.fullmatch(_on_disk(name)) is not None


def _reads_as_git(name: str) -> bool:
    on_disk = _on_disk(name)
    return on_disk == ".git" or _GIT_SHORT_NAME.fullmatch(on_disk) is not None


def _on_disk(name: str) -> str:
    """The form in which HFS+ and NTFS see a name."""
    return name.translate(_IGNORED_BY_HFS).casefold().split(":")[0].rstrip(" .")


def _portability_fault(name: str) -> tuple[str, str] | None:
    if _FORBIDDEN.search(name):
        return "portable", 'a part of it holds one of : * ? " < > |, which cannot be checked out everywhere'
    if name[-1] in " .":
        return "portable", "a part of it ends in a space or dot, which cannot be checked out everywhere"
    if name[0] == " ":
        return "portable", "a part of it begins with a space"
    if _WINDOWS_DEVICE.fullmatch(name):
        return "portable", f'"{name}" names a device on Windows and cannot be checked out there'
    return None
