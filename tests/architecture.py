"""The rules of the package's architecture, each as a function from a module to sentences about what breaks it.

Only the syntax is read, nothing is imported: an import counts wherever it stands, late or under ``TYPE_CHECKING``.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "memory_service"
COMPOSITION = "composition"
"""The modules at the top of the package and the command line: they know every name and are known by none."""

ROOMS: Mapping[str, frozenset[str]] = {
    "domain": frozenset(),
    "storage": frozenset({"domain"}),
    "search": frozenset({"domain"}),
    "database": frozenset({"domain"}),
    "memory": frozenset({"domain"}),
    "access": frozenset({"domain"}),
    "runtime": frozenset({"domain"}),
    "backup": frozenset({"domain", "database", "storage"}),
    "http_api": frozenset({"domain", "access", "runtime"}),
    "git_http": frozenset({"domain"}),
    "mcp_server": frozenset({"domain", "runtime"}),
}
"""Each room and the rooms that it may import: all of them lie below, and none is a neighbour."""

THIRD_PARTIES: Mapping[str, frozenset[str]] = {
    "alembic": frozenset({"database"}),
    "anyio": frozenset({"runtime", "http_api", "mcp_server/stdio.py"}),
    "dulwich": frozenset({"storage"}),
    "fastapi": frozenset({"http_api"}),
    "jsonschema": frozenset({"runtime"}),
    "mcp": frozenset({"mcp_server"}),
    "mcp_types": frozenset({"mcp_server"}),
    "prometheus_client": frozenset({"http_api"}),
    "pydantic": frozenset(
        {"http_api", "mcp_server", "memory/inputs.py", "memory/members.py", "memory/tool_input.py", COMPOSITION}
    ),
    "pydantic_core": frozenset({"http_api", "memory/inputs.py", "memory/members.py"}),
    "pydantic_settings": frozenset({COMPOSITION}),
    "rich": frozenset({COMPOSITION}),
    "Stemmer": frozenset({"search"}),
    "sqlalchemy": frozenset({"database"}),
    "sqlite3": frozenset({"database"}),
    "sse_starlette": frozenset({"http_api"}),
    "starlette": frozenset({"http_api", "git_http", "mcp_server"}),
    "structlog": frozenset({"http_api", COMPOSITION}),
    "typer": frozenset({COMPOSITION}),
    "typing_extensions": frozenset({"http_api"}),
    "uuid_utils": frozenset({COMPOSITION}),
    "uvicorn": frozenset({COMPOSITION}),
    "whoosh": frozenset({"search"}),
}
"""Each library that is no part of Python (and SQL's) and the rooms, or single modules, that may import it."""

SYSTEM: Mapping[str, frozenset[str]] = {
    "datetime.date.today": frozenset(),
    "datetime.datetime.now": frozenset(),
    "datetime.datetime.today": frozenset(),
    "datetime.datetime.utcnow": frozenset(),
    "os.environ": frozenset(),
    "os.environb": frozenset(),
    "os.getenv": frozenset(),
    "os.urandom": frozenset(),
    "secrets": frozenset({"access"}),
    "time.time": frozenset(),
    "time.time_ns": frozenset(),
    "uuid": frozenset(),
    "uuid_utils": frozenset(),
}
"""What asks the system for the time, an identifier or the environment, and the rooms below composition that may."""

JUNK_DRAWERS = frozenset(
    {"base", "common", "core", "handler", "handlers", "helper", "helpers", "manager", "managers", "misc"}
    | {"processor", "processors", "util", "utils"}
)
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A module of the package; ``file`` is relative to it."""

    file: Path
    text: str

    @property
    def room(self) -> str:
        """The room it belongs to; composition for what lies at the top."""
        return COMPOSITION if len(self.file.parts) == 1 or self.file.parts[0] == "cli" else self.file.parts[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.file))

    @cached_property
    def imports(self) -> list["Import"]:
        """All imports, wherever they stand."""
        return [found for node in ast.walk(self.tree) for found in self._imported(node)]

    def _imported(self, node: ast.AST) -> Iterator["Import"]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield Import(node.lineno, alias.name, alias.asname or first, alias.name if alias.asname else first)
        elif isinstance(node, ast.ImportFrom):
            above = (PACKAGE, *self.file.parts)[: -node.level] if node.level else ()
            for alias in node.names:
                name = ".".join([*above, *([node.module] if node.module else []), alias.name])
                yield Import(node.lineno, name, alias.asname or alias.name, name)

    def at(self, line: int, fault: str) -> str:
        return f"{PACKAGE}/{self.file.as_posix()}:{line} {fault}"

    def may_use(self, places: frozenset[str]) -> bool:
        return self.room in places or self.file.as_posix() in places


@dataclass(frozen=True)
class Import:
    """One imported name."""

    line: int
    name: str
    """In full: module, and what is taken from it."""
    here: str
    """The name that the module now has for it."""
    meaning: str
    """What that name stands for, in full."""

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


Rule = Callable[[Module], Iterator[str]]


def modules(package: Path) -> list[Module]:
    """All modules of a package."""
    return [Module(file.relative_to(package), file.read_text("utf-8")) for file in sorted(package.rglob("*.py"))]


def violations(rule: Rule, package: Path) -> list[str]:
    """What breaks a rule: place and sentence, in the order of the files."""
    return [fault for module in modules(package) for fault in rule(module)]


def unknown_room(module: Module) -> Iterator[str]:
    if module.room not in {COMPOSITION, *ROOMS}:
        yield module.at(1, f'is in no room: "{module.room}" has no place in tests/architecture.py')


def looks_up_or_sideways(module: Module) -> Iterator[str]:
    for found in module.imports:
        if found.top == PACKAGE and module.room != COMPOSITION:
            room = next((part for part in found.name.split(".")[1:2] if part in ROOMS), COMPOSITION)
            if room not in {module.room, *ROOMS.get(module.room, ())}:
                yield module.at(found.line, f"imports {found.name}: {module.room} must not know {room}")


def third_party_outside_its_room(module: Module) -> Iterator[str]:
    for found in module.imports:
        if found.top in THIRD_PARTIES:
            if not module.may_use(THIRD_PARTIES[found.top]):
                owners = ", ".join(sorted(THIRD_PARTIES[found.top]))
                yield module.at(found.line, f"imports {found.name}: {found.top} belongs to {owners}")
        elif found.top != PACKAGE and found.top not in sys.stdlib_module_names:
            yield module.at(found.line, f"imports {found.name}: {found.top} has no room in tests/architecture.py")


def third_party_in_domain(module: Module) -> Iterator[str]:
    for found in module.imports:
        if module.room == "domain" and found.top not in {PACKAGE, *sys.stdlib_module_names}:
            yield module.at(found.line, f"imports {found.name}: the domain stands on the standard library alone")


def asks_the_system(module: Module) -> Iterator[str]:
    if module.room == COMPOSITION:
        return
    meanings = {found.here: found.meaning for found in module.imports}
    used = [(found.line, found.name) for found in module.imports]
    used += [
        (node.lineno, _dotted(node, meanings)) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)
    ]
    for line, name in dict.fromkeys(used):
        for forbidden, places in SYSTEM.items():
            if (name == forbidden or name.startswith(forbidden + ".")) and not module.may_use(places):
                yield module.at(line, f"uses {forbidden}: only composition asks the system; take a Clock or NewId")


def junk_drawer(module: Module) -> Iterator[str]:
    for name in module.file.with_suffix("").parts:
        if name.strip("_") in JUNK_DRAWERS:
            yield module.at(1, f'is named "{name}": name it by its subject')


def long_file(module: Module) -> Iterator[str]:
    lines = len(module.text.splitlines())
    if lines > MAX_FILE_LINES:
        yield module.at(MAX_FILE_LINES, f"has {lines} lines of {MAX_FILE_LINES}: split it by noun")


def long_function(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            lines = _lines(node) - (_lines(node.body[0]) if ast.get_docstring(node) is not None else 0)
            if lines > MAX_FUNCTION_LINES:
                yield module.at(node.lineno, f"{node.name} has {lines} lines of {MAX_FUNCTION_LINES}")


def undocumented(module: Module) -> Iterator[str]:
    for node in _public(module.tree):
        if ast.get_docstring(node) is None:
            name = "the module" if isinstance(node, ast.Module) else node.name
            yield module.at(getattr(node, "lineno", 1), f"{name} has no docstring")


def _public(node: Documented) -> Iterator[Documented]:
    """A module with its public classes and functions, or a class with its public methods; not what functions hold."""
    yield node
    if isinstance(node, ast.Module | ast.ClassDef):
        for child in node.body:
            if isinstance(child, ast.ClassDef | Function) and not child.name.startswith("_") and not _repeats(child):
                yield from _public(child)


def _repeats(node: ast.ClassDef | Function) -> bool:
    """Whether a definition says again what another one, which has the docstring, says."""
    marks = {ast.unparse(mark).rpartition(".")[2] for mark in node.decorator_list}
    return not marks.isdisjoint({"overload", "override", "setter"})


def _dotted(node: ast.AST, meanings: Mapping[str, str]) -> str:
    """The full name that an expression like ``a.b.c`` stands for; an empty text where ``a`` is not imported."""
    if isinstance(node, ast.Name):
        return meanings.get(node.id, "")
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, meanings)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
