"""The request or the input of a tool is not what it should be: fix it and send it again."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from memory_service.domain.errors.root import MemoryServiceError

FieldError = Mapping[str, str]
"""One wrong member of a body: ``field`` (dotted path), ``message``, ``rule``."""


class InvalidInput(MemoryServiceError):
    """Something that the client sent is malformed."""


class RequestInvalid(InvalidInput):
    """The body of a request is no JSON, or not of the shape that the endpoint takes."""

    code: ClassVar[str] = "request_invalid"
    cause: ClassVar[str] = (
        "The body is not strict JSON (NaN, a duplicate member, half a surrogate pair, nesting over 64), a member is "
        "missing, unknown or of the wrong type, or a query parameter is out of range."
    )
    fix: ClassVar[str] = "Correct the members that `details.fieldErrors` names and send the request again."

    def __init__(self, reason: str, field_errors: Sequence[FieldError] = ()) -> None:
        super().__init__(
            f"Invalid request: {reason}", {"fieldErrors": list(map(dict, field_errors))} if field_errors else None
        )


class InputInvalid(InvalidInput):
    """The input of a tool does not fit its parameters."""

    code: ClassVar[str] = "input_invalid"
    cause: ClassVar[str] = "`input` does not match the JSON Schema that the capability lists under `parameters`."
    fix: ClassVar[str] = "Correct the members that `details.fieldErrors` names; the capabilities list has the schema."

    def __init__(self, capability: str, field_errors: Sequence[FieldError]) -> None:
        reasons = "; ".join(f"{error['field']}: {error['message']}" for error in field_errors[:3])
        super().__init__(
            f'Invalid input for capability "{capability}": {reasons}', {"fieldErrors": list(map(dict, field_errors))}
        )

    @classmethod
    def of(cls, capability: str, field: str, message: str, rule: str) -> Self:
        """One member does not fit."""
        return cls(capability, [{"field": field, "message": message, "rule": rule}])


class PathInvalid(InvalidInput):
    """A path breaks a rule for names in a memory."""

    code: ClassVar[str] = "path_invalid"
    cause: ClassVar[str] = (
        "The path has a part that is empty, `.`, `..`, reads as `.git`, holds a control, bidi-override, backslash or "
        "other character that cannot be checked out everywhere, is a case-fold twin of a path that exists, is too "
        "long or too deep, is not NFC UTF-8, or does not end in `.md` where a file is meant."
    )
    fix: ClassVar[str] = "Choose another path; `details.rule` names the rule that this one breaks."

    def __init__(self, path: str, rule: str, sentence: str) -> None:
        shown = path.encode("utf-8", "backslashreplace").decode()[:200]
        super().__init__(f"Invalid memory path {shown!r}: {sentence}", {"rule": rule})
        self.path = path
        self.rule = rule
        self.sentence = sentence


class ContentInvalid(InvalidInput):
    """The content of a file is no text that a memory can hold."""

    code: ClassVar[str] = "content_invalid"
    cause: ClassVar[str] = "The content is not UTF-8 text, or holds NUL, or the file would pass the size limit."
    fix: ClassVar[str] = "Send plain UTF-8 text; split a large file. `details.rule` names the rule."

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(f"Invalid content: {sentence}", {"rule": rule})
        self.rule = rule


class HeaderInvalid(InvalidInput):
    """A header of a request cannot be read."""

    code: ClassVar[str] = "header_invalid"
    cause: ClassVar[str] = (
        "`Idempotency-Key` is empty, longer than 255 or holds an unprintable character, `Last-Event-ID` is no number "
        "of an event of this execution, or `Host` is a name that the server is not known to be reached at."
    )
    fix: ClassVar[str] = (
        "Correct the header that the sentence names, or leave it out; a name of the server belongs into "
        "`MEMORY_SERVICE_ALLOWED_HOSTS`."
    )

    def __init__(self, header: str, reason: str) -> None:
        super().__init__(f'Invalid header "{header}": {reason}')


class AccountNotApplicable(InvalidInput):
    """``connectedAccountId`` was given to a capability that acts through no account."""

    code: ClassVar[str] = "account_not_applicable"
    cause: ClassVar[str] = "`connectedAccountId` was sent to a capability whose `accounts` list is empty."
    fix: ClassVar[str] = "Leave `connectedAccountId` out."

    def __init__(self, capability: str) -> None:
        super().__init__(f'Capability "{capability}" takes no connectedAccountId')


class PayloadTooLarge(InvalidInput):
    """A body, or a file after an edit, is larger than the limit."""

    code: ClassVar[str] = "payload_too_large"
    cause: ClassVar[str] = "The request body, or the file as the edit would leave it, is over `details.limitBytes`."
    fix: ClassVar[str] = "Send less at once; keep memory in several smaller files."

    def __init__(self, what: str, limit_bytes: int) -> None:
        super().__init__(f"{what} is over the limit of {limit_bytes} bytes", {"limitBytes": limit_bytes})


class UnsupportedMediaType(InvalidInput):
    """The body of a request is of a type that the endpoint does not read."""

    code: ClassVar[str] = "unsupported_media_type"
    cause: ClassVar[str] = "`Content-Type` is missing or not `application/json`, or the body is compressed."
    fix: ClassVar[str] = "Send plain JSON with `Content-Type: application/json`."

    def __init__(self) -> None:
        super().__init__("Content-Type must be application/json, without Content-Encoding")


class MethodNotAllowed(InvalidInput):
    """The address exists but does not answer to the method."""

    code: ClassVar[str] = "method_not_allowed"
    cause: ClassVar[str] = "The address is right, the HTTP method is not."
    fix: ClassVar[str] = "Use a method that the `Allow` header names."

    def __init__(self, method: str) -> None:
        super().__init__(f"Method {method[:20]} is not allowed here")
