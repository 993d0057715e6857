"""One YAML document into plain values with their lines, within limits, without recursion over hostile nesting.

The tree is built from the parser's events. Scalars follow YAML 1.2's core schema, except that a whole number with a
leading zero or plus stays text: it is a telephone number. Mapping keys are always text.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from settings_file.problems import Lines, Path, Problem, path_text

MAX_FILE_BYTES = 1 << 20
MAX_VALUES = 50_000
"""Values of one document, counting each use of an alias as all that it stands for."""
MAX_DEPTH = 40

Value = str | int | float | bool | list["Value"] | dict[str, "Value"] | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,3})?")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}")
_LEADING = re.compile(r"[-+]?[0-9]+")


@dataclass(slots=True)
class _Node:
    line: int
    value: Value = None
    items: list["_Node"] | None = None
    fields: dict[str, tuple[int, "_Node"]] | None = None
    key: tuple[int, str] | None = None
    anchor: str | None = None
    size: int = 1
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says: its top value, the line of each value, and what was wrong with it as YAML."""

    value: Value
    lines: Lines
    problems: list[Problem]


class _UnreadableError(Exception):
    """Ends the reading of one document; it never leaves this module."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(slots=True)
class _Builder:
    """Builds the tree of nodes event by event, on a stack of its own."""

    file: FilePath
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Node] = field(default_factory=list)
    anchors: dict[str, _Node] = field(default_factory=dict)
    root: _Node | None = None
    documents: int = 0
    total: int = 0

    def feed(self, event: Event) -> None:
        line = event.start_mark.line + 1
        match event:
            case DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise _UnreadableError(line, "a second document starts here; a settings file has one")
            case MappingStartEvent() | SequenceStartEvent():
                self._open(event, line)
            case MappingEndEvent() | SequenceEndEvent():
                self._close()
            case ScalarEvent():
                self._scalar(event, line)
            case AliasEvent():
                self._alias(event, line)
            case _:
                pass

    def _open(self, event: MappingStartEvent | SequenceStartEvent, line: int) -> None:
        self._check_tag(event.ctag, line)
        if len(self.stack) >= MAX_DEPTH:
            raise _UnreadableError(line, f"nested deeper than {MAX_DEPTH} levels")
        node = _Node(line, anchor=event.anchor)
        if isinstance(event, MappingStartEvent):
            node.fields = {}
        else:
            node.items = []
        self.stack.append(node)

    def _close(self) -> None:
        node = self.stack.pop()
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        self._place(node)

    def _scalar(self, event: ScalarEvent, line: int) -> None:
        self._check_tag(event.ctag, line)
        plain = event.style in {None, ""} and event.ctag is None
        node = _Node(line, value=event.value)
        if self._awaits_key():
            self.stack[-1].key = (line, event.value)
            self._count(1, line)
            return
        if plain:
            node.value = plain_scalar(event.value)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self._place(node)

    def _alias(self, event: AliasEvent, line: int) -> None:
        if self._awaits_key():
            raise _UnreadableError(line, "an alias cannot be a key")
        node = self.anchors.get(event.anchor)
        if node is None:
            raise _UnreadableError(line, f"alias *{event.anchor} stands for nothing that is complete above it")
        if len(self.stack) + node.depth > MAX_DEPTH:
            raise _UnreadableError(line, f"nested deeper than {MAX_DEPTH} levels")
        self._place(node, line)

    def _awaits_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].fields is not None and self.stack[-1].key is None

    def _count(self, size: int, line: int) -> None:
        self.total += size
        if self.total > MAX_VALUES:
            raise _UnreadableError(line, f"more than {MAX_VALUES} values")

    def _place(self, node: _Node, alias_line: int | None = None) -> None:
        line = alias_line or node.line
        self._count(1 if alias_line is None else node.size, line)
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)
        if parent.items is not None:
            parent.items.append(node)
        elif parent.fields is not None and parent.key is not None:
            self._set(parent.fields, parent.key, node)
            parent.key = None
        else:
            raise _UnreadableError(line, "a list or mapping cannot be a key")

    def _set(self, fields: dict[str, tuple[int, _Node]], key: tuple[int, str], node: _Node) -> None:
        line, name = key
        if name == "<<":
            self.problems.append(Problem(self.file, line, name, "merge keys are not supported; write the keys out"))
        elif name in fields:
            first = fields[name][0]
            self.problems.append(
                Problem(self.file, line, self._path_of(name), f"is given twice (first in line {first})")
            )
        else:
            fields[name] = (line, node)

    def _path_of(self, name: str) -> str:
        path: list[str | int] = []
        for node in self.stack[:-1]:
            if node.items is not None:
                path.append(len(node.items))
            elif node.key is not None:
                path.append(node.key[1])
        return path_text([*path, name])

    def _check_tag(self, tag: object, line: int) -> None:
        if tag is not None:
            raise _UnreadableError(line, f"the tag {tag} is not supported")


def plain_scalar(text: str) -> Value:
    """Resolve an unquoted scalar (YAML 1.2.2 chapter 10.3.2), but keep ``0049`` and ``+49`` as text."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text) and not _LEADING.fullmatch(text):
        return float(text)
    return text


def _values(node: _Node, path: Path, lines: dict[Path, int]) -> Value:
    lines.setdefault(path, node.line)
    if node.items is not None:
        return [_values(item, (*path, index), lines) for index, item in enumerate(node.items)]
    if node.fields is not None:
        result: dict[str, Value] = {}
        for name, (line, child) in node.fields.items():
            lines[(*path, name)] = line
            result[name] = _values(child, (*path, name), lines)
        return result
    return node.value


def _text(file: FilePath) -> str:
    with file.open("rb") as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise _UnreadableError(1, f"is larger than {MAX_FILE_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(
            line, f"is not UTF-8 text: byte 0x{data[error.start]:02x} is wrong; save it as UTF-8"
        ) from error


def _yaml_fault(error: YAMLError, text: str) -> _UnreadableError:
    """Say a parser's complaint in one line."""
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return _UnreadableError(line, f"contains the control character 0x{ord(text[error.position]):02x}")
    if not isinstance(error, MarkedYAMLError):
        return _UnreadableError(1, f"is not YAML: {error}")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 1
    rows = text.splitlines()
    row = rows[line - 1] if line <= len(rows) else ""
    if "\t" in row[: len(row) - len(row.lstrip())] or "'\\t'" in str(error.problem):
        return _UnreadableError(line, "a tab is used where YAML wants spaces")
    said = ", ".join(str(part) for part in (error.problem, error.context) if part)
    return _UnreadableError(line, f"is not YAML: {said}")


def read_document(file: FilePath) -> Document:
    """Read one YAML file; whatever is wrong with it comes back as problems, never as an exception."""
    builder = _Builder(file)
    text = ""
    try:
        text = _text(file)
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.feed(event)
    except OSError as error:
        builder.problems.append(Problem(file, 1, "", f"cannot be read: {error.strerror or error}"))
    except _UnreadableError as error:
        builder.problems.append(Problem(file, error.line, "", error.message))
    except YAMLError as error:
        fault = _yaml_fault(error, text)
        builder.problems.append(Problem(file, fault.line, "", fault.message))
    lines: dict[Path, int] = {(): 1}
    value = _values(builder.root, (), lines) if builder.root is not None else None
    return Document(value, Lines(file, lines), builder.problems)
