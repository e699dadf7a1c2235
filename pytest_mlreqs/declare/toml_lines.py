"""toml_lines: the line on which each key of a TOML document is written.

`tomllib` tells values but not where they stand, and a configuration error without a line makes the
user search. This follows the structure of a document that `tomllib` has accepted (headers, keys,
brackets), steps over the values and checks nothing a second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

KeyPath = tuple[str | int, ...]
Lines = dict[KeyPath, int]
_Lexeme = tuple[str, int]  # as it is written, and its line

# A string that is never closed ends with its line, a multi-line one with the text: on invalid text
# the scan still moves on and ends.
_LEXEME = re.compile(
    r"""
      [^\S\n]+ | \#[^\n]*        # blanks (and the CR of a CRLF), comments
    | (?P<lexeme>
        \"{3} (?: [^\\] | \\(?:.|\Z) )*? (?: \"{3,5} | \Z )  # two last quotes may be content
      | '{3} .*? (?: '{3,5} | \Z )
      | " (?: [^"\\\n] | \\[^\n] )* "? | ' [^'\n]* '?
      | [\[\]{}.,=\n]
      | [^\s\#"'\[\]{}.,=]+      # a bare key, or a piece of a number or date
      )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4}|.)")
_LETTERS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def lines(text: str) -> Lines:
    """Map every key path of a (valid) TOML document to the 1-based line where it is written.

    Elements of arrays have their index in the path: `("tool", "mlreqs", "latency", 0)`. A table
    stands where its header is; one without a header, where a longer path first names it.
    """
    found: Lines = {}
    lengths: Lines = {}  # of the arrays of tables so far
    table: KeyPath = ()
    for statement in _statements(text):
        if statement[0][0] == "[":
            table = _header(statement, found, lengths)
        else:
            _assignment(statement, table, found)
    return found


def nearest_line(lines_map: Mapping[KeyPath, int], path: KeyPath) -> int:
    """Return the line of `path`, or that of its longest prefix that has one, or 1."""
    known = (path[:end] for end in range(len(path), 0, -1) if path[:end] in lines_map)
    return lines_map.get(next(known, ()), 1)


def _statements(text: str) -> Iterator[list[_Lexeme]]:
    """Yield the lexemes of each header and assignment; it ends with a line, outside of brackets."""
    statement: list[_Lexeme] = []
    line, depth = 1, 0
    for match in _LEXEME.finditer(text):
        lexeme = match["lexeme"]
        if lexeme == "\n":
            if statement and depth <= 0:
                yield statement
                statement, depth = [], 0
        elif lexeme:
            statement.append((lexeme, line))
            depth += (lexeme in ("[", "{")) - (lexeme in ("]", "}"))
        line += match[0].count("\n")
    if statement:
        yield statement


def _header(statement: list[_Lexeme], found: Lines, lengths: Lines) -> KeyPath:
    """Add what `[a.b]` or `[[a.b]]` names, and return the path of the table that it opens."""
    path: KeyPath = ()
    for lexeme, line in statement:
        if lexeme not in ("[", "]", "."):
            if path in lengths:  # below an array of tables, its last element is meant
                path += (lengths[path] - 1,)
            path += (_unquoted(lexeme),)
            found.setdefault(path, line)
    if [lexeme for lexeme, _ in statement[:2]] == ["[", "["]:
        path += (lengths.setdefault(path, 0),)
        lengths[path[:-1]] += 1
    found[path] = statement[0][1]  # rather than the line of a sub-table that came first
    return path


class _Open:
    """A table or an array that is being read, and where in it the reading is."""

    def __init__(self, path: KeyPath, *, is_array: bool) -> None:
        self.path, self.is_array, self.index = path, is_array, -1
        self.next_entry()

    def next_entry(self) -> None:
        self.index += 1
        self.entry = (*self.path, self.index) if self.is_array else self.path
        self.in_key = not self.is_array


def _assignment(statement: list[_Lexeme], table: KeyPath, found: Lines) -> None:
    """Add what `key = value` names: the key and, in its value, every key and element."""
    opened = [_Open(table, is_array=False)]  # instead of recursion: no nesting is too deep
    for lexeme, line in statement:
        inner = opened[-1]
        if lexeme in ("]", "}"):
            opened = opened[:-1] or opened  # invalid text may close what was never opened
        elif lexeme == ",":
            inner.next_entry()
        elif lexeme == "=":
            inner.in_key = False
        elif lexeme != ".":
            inner.entry += (_unquoted(lexeme),) if inner.in_key else ()
            found.setdefault(inner.entry, line)
            if lexeme in ("[", "{"):
                opened.append(_Open(inner.entry, is_array=lexeme == "["))


def _unquoted(key: str) -> str:
    return _ESCAPE.sub(_unescaped, key[1:-1]) if key[0] == '"' else key.strip("'")


def _unescaped(escape: re.Match[str]) -> str:
    letter, code = escape[1][0], escape[1][1:]
    return chr(int(code, 16)) if code else _LETTERS.get(letter, letter)
