"""The five memory capabilities: what a model is told of them, how their input is read, what they answer."""

from collections.abc import Callable, Sequence

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Capability, CapabilityKind, Outcome
from memory_service.domain.executions import Execution
from memory_service.memory.inputs import AppendInput, LsInput, ReadInput, SearchInput, WriteInput
from memory_service.memory.results import RESULTS
from memory_service.memory.service import Memory
from memory_service.memory.tool_input import InputT


def memory_capabilities(memory: Memory) -> Sequence[Capability]:
    """The five operations of a memory as capabilities, in the order of the wire contract."""

    def ls(call: Call, given: LsInput) -> Outcome:
        return memory.ls(call, given.path, depth=given.depth, limit=given.limit, cursor=given.cursor).outcome()

    def read(call: Call, given: ReadInput) -> Outcome:
        return memory.read(call, given.path, start_line=given.start_line, end_line=given.end_line).outcome()

    def search(call: Call, given: SearchInput) -> Outcome:
        return memory.search(call, given.asked, cursor=given.cursor, max_tokens=given.max_tokens or None).outcome()

    def write(call: Call, given: WriteInput) -> Outcome:
        expected = given.expected_version
        return memory.write(call, given.path, given.content, subject=given.message, expected=expected).outcome()

    def append(call: Call, given: AppendInput) -> Outcome:
        return memory.append(call, given.path, given.content, subject=given.message).outcome()

    def recall_write(execution: Execution) -> Outcome | None:
        done = memory.recall_write(execution)
        return done.outcome() if done else None

    def recall_append(execution: Execution) -> Outcome | None:
        done = memory.recall_append(execution)
        return done.outcome() if done else None

    return (
        _capability(LsInput, ls, read_only=True, idempotent=True),
        _capability(ReadInput, read, read_only=True, idempotent=True),
        _capability(SearchInput, search, read_only=True, idempotent=True),
        _capability(WriteInput, write, recall_write, idempotent=True),
        _capability(AppendInput, append, recall_append, idempotent=False, destructive=False),
    )


def _capability(
    model: type[InputT],
    handler: Callable[[Call, InputT], Outcome],
    recall: Callable[[Execution], Outcome | None] = lambda execution: None,
    *,
    read_only: bool = False,
    idempotent: bool,
    destructive: bool = True,
) -> Capability:
    return Capability(
        name=model.tool,
        kind=CapabilityKind.MEMORY,
        description=model.about,
        parameters=model.parameters(),
        output=RESULTS[model.tool],
        parse=model.parse,
        handler=handler,
        recall=recall,
        read_only=read_only,
        idempotent=idempotent,
        destructive=destructive,
    )
