"""Reads the ASN.1 of ECMA-285 as far as its notation goes there: types, tags, named numbers; no constraints."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_TOKENS = re.compile(r"::=|\.\.\.|\.\.|[A-Za-z][\w-]*|\d+|[\[\]{}(),]")
_MODULE = re.compile(r"([A-Z][\w-]*)\s*(?:\{[^}]*\})?\s*DEFINITIONS EXPLICIT TAGS ::= BEGIN(.*?)\nEND", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Type:
    """A type: ``word`` is its keyword or the name that it refers to, ``module`` where that name stands.

    ``tag`` is the context or application tag before it and ``inner`` what it stands before; ``members`` are the fields
    of a SEQUENCE or CHOICE, ``item`` is that of a SEQUENCE OF, ``names`` named numbers of an ENUMERATED or BIT STRING.
    """

    word: str
    module: str
    tag: tuple[str, int] | None = None
    implicit: bool = False
    members: tuple["Member", ...] = ()
    item: "Type | None" = None
    names: tuple[tuple[str, int], ...] = ()
    inner: "Type | None" = None


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a SEQUENCE or CHOICE."""

    name: str
    type: Type
    optional: bool


class Grammar:
    """All modules of one file."""

    def __init__(self, text: str) -> None:
        self._types: dict[tuple[str, str], Type] = {}
        self._imports: dict[tuple[str, str], str] = {}
        for found in _MODULE.finditer(re.sub(r"--.*", "", text)):
            self._read_module(found[1], found[2])

    def _read_module(self, module: str, body: str) -> None:
        imports = re.search(r"IMPORTS(.*?);", body, re.DOTALL)
        if imports:
            for names, source in re.findall(r"([^;]*?)\sFROM\s+([A-Z][\w-]*)", imports[1], re.DOTALL):
                self._imports |= {(module, name): source for name in re.findall(r"[A-Z][\w-]*", names)}
            body = body.replace(imports[0], "")
        reader = _Reader(_TOKENS.findall(body), module)
        self._types |= {(module, name): type_ for name, type_ in reader.definitions()}

    def find(self, name: str, module: str) -> Type:
        """The type of a name as a module sees it."""
        home = module if (module, name) in self._types else self._imports[module, name]
        return self._types[home, name]

    def knows(self, type_: Type) -> bool:
        """Whether a type refers to another by its name."""
        return (type_.module, type_.word) in self._types or (type_.module, type_.word) in self._imports

    def resolved(self, type_: Type) -> tuple[Type, list[tuple[str, int, bool]], list[str]]:
        """What a type is in the end, the tags before it from the outside in, and the names on the way."""
        tags: list[tuple[str, int, bool]] = []
        names: list[str] = []
        while True:
            if type_.tag is not None and type_.inner is not None:
                tags.append((*type_.tag, type_.implicit))
                type_ = type_.inner
            elif self.knows(type_):
                names.append(type_.word)
                type_ = self.find(type_.word, type_.module)
            else:
                return type_, tags, names


class _Reader:
    def __init__(self, tokens: list[str], module: str) -> None:
        self._tokens = tokens
        self._module = module
        self._place = 0

    def definitions(self) -> Iterator[tuple[str, Type]]:
        while self._place < len(self._tokens):
            name = self._next()
            self._expect("::=")
            yield name, self._type()

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, token: str) -> None:
        found = self._next()
        assert found == token, (found, token, self._tokens[self._place - 6 : self._place + 3])

    def _taken(self, token: str) -> bool:
        if self._peek() == token:
            self._place += 1
            return True
        return False

    def _type(self) -> Type:
        if self._taken("["):
            scope = self._next() if self._peek() in {"APPLICATION", "UNIVERSAL"} else "context"
            tag = (scope.lower(), int(self._next()))
            self._expect("]")
            implicit = self._taken("IMPLICIT")
            return Type("", self._module, tag=tag, implicit=implicit, inner=self._type())
        word = self._next()
        found = Type(word, self._module)
        if word in {"SEQUENCE", "CHOICE"} and self._peek() == "{":
            found = replace(found, members=tuple(self._members()))
        elif word == "SEQUENCE":
            self._taken("SIZE")
            self._skip_constraint()
            self._expect("OF")
            found = Type("SEQUENCE OF", self._module, item=self._type())
        elif word in {"ENUMERATED", "INTEGER", "BIT", "OCTET", "OBJECT"}:
            if word in {"BIT", "OCTET", "OBJECT"}:
                word += " " + self._next()
            found = Type(word, self._module, names=tuple(self._names()))
        self._skip_constraint()
        return found

    def _skip_constraint(self) -> None:
        while self._peek() == "(":
            depth = 0
            while True:
                depth += {"(": 1, ")": -1}.get(self._next(), 0)
                if depth == 0:
                    break

    def _names(self) -> Iterator[tuple[str, int]]:
        if not self._taken("{"):
            return
        while not self._taken("}"):
            if self._taken(",") or self._taken("..."):
                continue
            name = self._next()
            self._expect("(")
            yield name, int(self._next())
            self._expect(")")

    def _members(self) -> Iterator[Member]:
        self._expect("{")
        while not self._taken("}"):
            if self._taken(",") or self._taken("..."):
                continue
            name, type_ = self._next(), self._type()
            optional = self._taken("OPTIONAL")
            if self._taken("DEFAULT"):
                optional = True
                if self._next() == "{":
                    self._expect("}")
            yield Member(name, type_, optional)
