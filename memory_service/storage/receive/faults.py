"""What is wrong with a push, in words for the one who pushed it."""

import unicodedata

_DRAWN = 200


class Enough(Exception):
    """So many faults have been found that nobody wants to read more."""


class Faults:
    """Sentences of the form ``topics/Plan.md: same name as …``, each once, in the order in which they were found."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.found: list[str] = []

    def add(self, place: bytes, reason: str) -> None:
        """Note what is wrong with a file, a folder or a commit.

        Raises:
            Enough: no more are wanted.
        """
        sentence = f"{shown(place)}: {reason}"
        if sentence not in self.found:
            self.found.append(sentence)
        if len(self.found) >= self._limit:
            raise Enough


def shown(text: bytes) -> str:
    """Some bytes that a stranger chose, safe on a terminal; cut off where they are long."""
    drawn = "".join(
        char if unicodedata.category(char)[0] not in "CZ" or char == " " else char.encode("unicode_escape").decode()
        for char in text.decode("utf-8", "backslashreplace")
    )
    return drawn if len(drawn) <= _DRAWN else f"{drawn[:_DRAWN]}…"
