"""On which line of a TOML text each table and key stands: what the standard reader does not say."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r"""
    "{3} (?: [^\\] | \\. )*? "{3,5}   # basic, several lines
    | '{3} .*? '{3,5}                  # literal, several lines
    | " (?: [^"\\\n] | \\. )* "
    | ' [^'\n]* '
    """,
    re.DOTALL | re.VERBOSE,
)


class Positions:
    """The line of every table and key of one well-formed TOML text.

    A key inside an inline table has the line of the statement it stands in.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        self._arrays: dict[Path, int] = {}
        self._scan(text)

    def line(self, path: Path) -> int:
        """Return the line of a path, or of the nearest thing around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _scan(self, text: str) -> None:
        at, line = 0, 1
        table: Path = ()
        while at < len(text):
            end = _end_of_statement(text, at)
            statement = text[at:end]
            body = statement.lstrip()
            start = line + statement[: len(statement) - len(body)].count("\n")
            if body.startswith("["):
                table = self._header(body, start)
            elif body and not body.startswith("#"):
                self._note((*table, *_keys(body, "=")), start)
            line += statement.count("\n")
            at = end

    def _header(self, body: str, line: int) -> Path:
        repeated = body.startswith("[[")
        path: Path = ()
        keys = _keys(body.lstrip("["), "]")
        for depth, key in enumerate(keys):
            path = (*path, key)
            if repeated and depth == len(keys) - 1:
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                self._lines.setdefault(path, line)
                path = (*path, self._arrays[path])
        self._note(path, line)
        return path

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)


def _end_of_statement(text: str, at: int) -> int:
    """Return where the statement that begins here ends, after its newline."""
    depth, value = 0, False
    while at < len(text):
        character = text[at]
        if character in "\"'":
            string = _STRING.match(text, at)
            at = string.end() if string else at + 1
            continue
        if character == "#":
            newline = text.find("\n", at)
            at = len(text) if newline < 0 else newline
            continue
        if character == "\n" and not depth:
            return at + 1
        if character == "=":
            value = True
        if value:
            depth += (character in "[{") - (character in "]}")
        at += 1
    return at


def _keys(body: str, stop: str) -> tuple[str, ...]:
    """Return the parts of a dotted key, up to the character that ends it."""
    keys, at = [], 0
    while at < len(body) and body[at] != stop:
        part = _KEY.match(body, at)
        if part:
            word = part[0]
            keys.append(word[1:-1] if word[0] in "\"'" else word)
            at = part.end()
        else:
            at += 1
    return tuple(keys)
