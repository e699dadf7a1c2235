"""The line of every key, against documents whose lines are known because they are written here."""

from __future__ import annotations

import re
import sys
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mlreqs.declare.toml_lines import lines, nearest_line

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Path = tuple[Any, ...]

SCALARS = [
    *("1", "+1_000", "0xBEEF", "-0.5e+3", "3.14", "inf", "true"),
    *("1979-05-27", "1979-05-27 07:32:00.5Z", "1979-05-27T07:32:00-07:00", "07:32:00.25"),
    *('""', "''", '""""""', "''''''"),
    r'"a # \"[b]\" = {,\\"',
    r"'C:\dir\'",
    "'\"'",
    '"""\n[tool.mlreqs]\nkey = 1 # no comment\n"""',
    '"""\\\n   [[x]]\\\r\n  \\""" \\\\""""',
    '"""" " "" ]}, \n"""""',
    "'''\nkey = [{\n[tool.mlreqs]\\'''",
    "'''' ' '' ]}, \r\n'''''",
]
COMMENTS = ["# [tool.mlreqs]", "# key = ] } 1", "#\"\"\" ''' \" '", "#[[", "# é\u2028x", "#"]


class Writer:
    """Writes data as TOML in styles that are drawn, and notes the line where each path is written.

    The data are dicts and lists; their leaves are scalars as they are written in TOML.
    """

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.end = self.one_of("\n", "\r\n")
        self.text = ""
        self.where: dict[Path, int] = {}

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def note(self, path: Path, *, anew: bool = False) -> None:
        line = self.text.count("\n") + 1
        self.where[path] = line if anew else self.where.get(path, line)

    def blank(self) -> None:
        self.text += self.one_of("", " ", "\t ")

    def break_(self) -> None:
        """Write what may stand between the elements of an array."""
        ends = ("", "", " ", self.end, f" {self.one_of(*COMMENTS)}{self.end}\t{self.end}")
        self.text += self.one_of(*ends)

    def end_line(self) -> None:
        self.blank()
        self.text += self.one_of("", "", *COMMENTS) + self.end
        self.text += self.one_of("", "", self.end, f"  {self.one_of(*COMMENTS)}{self.end}")

    def key(self, name: str) -> None:
        quotes = ['"']
        if re.fullmatch("[A-Za-z0-9_-]+", name):
            quotes += ["", ""]
        if not re.search("[\x00-\x08\x0a-\x1f\x7f']", name):
            quotes += ["'"]
        quote = self.one_of(*quotes)
        written = "".join(map(self.character, name)) if quote == '"' else name
        self.text += quote + written + quote

    def character(self, character: str) -> str:
        options = [f"\\U{ord(character):08x}"]
        if ord(character) <= 0xFFFF:
            options += [f"\\u{ord(character):04X}"]
        if character in '\b\t\n\f\r"\\':
            options += [dict(zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True))[character]]
            options[-1] = f"\\{options[-1]}"
        elif not re.match("[\x00-\x1f\x7f]", character):
            options += [character, character]
        return str(self.one_of(*options))

    def keys(self, above: Path, names: Path) -> None:
        """Write a dotted key; where a path has an index, none is written."""
        for position, name in enumerate(names):
            if isinstance(name, str):
                if position:
                    self.blank()
                    self.text += "."
                    self.blank()
                self.note(above + names[: position + 1])
                self.key(name)

    def pair(self, table: Path, names: Path, value: Any) -> None:
        """Write `names = value`, or the entries of a table one by one below dotted keys."""
        self.keys(table, names)
        self.blank()
        self.text += "="
        self.blank()
        self.value(table + names, value)

    def flat(self, names: Path, value: Any) -> list[tuple[Path, Any]]:
        """Split a table, if that is drawn, into entries that have dotted keys."""
        if isinstance(value, dict) and value and self.one_of(True, False):
            return [
                pair for key, below in value.items() for pair in self.flat((*names, key), below)
            ]
        return [(names, value)]

    def value(self, path: Path, value: Any) -> None:
        if isinstance(value, str):
            self.text += value
        elif isinstance(value, list):
            self.text += "["
            for index, element in enumerate(value):
                self.break_()
                self.note((*path, index))
                self.value((*path, index), element)
                self.break_()
                self.text += "," if index < len(value) - 1 else self.one_of("", ",")
            self.break_()
            self.text += "]"
        else:
            self.text += "{"
            pairs = [pair for key, below in value.items() for pair in self.flat((key,), below)]
            for index, (names, below) in enumerate(pairs):
                self.text += "," if index else ""
                self.blank()
                self.pair(path, names, below)
                self.blank()
            self.text += "}"

    def header(self, path: Path) -> None:
        opening, closing = ("[[", "]]") if isinstance(path[-1], int) else ("[", "]")
        self.blank()
        self.text += opening
        self.blank()
        self.keys((), path)
        self.note(path, anew=True)
        self.blank()
        self.text += closing
        self.end_line()

    def table(self, path: Path, table: dict[str, Any]) -> None:
        pairs, sections = [], []
        for key, value in table.items():
            tables = value if isinstance(value, list) else [value]
            if tables and all(isinstance(each, dict) for each in tables) and self.one_of(1, 0):
                sections.append((key, value))
            else:
                pairs += self.flat((key,), value)
        # A table may come after its sub-tables, or have no header if there is nothing else in it.
        is_plain = bool(path) and isinstance(path[-1], str) and bool(sections)
        is_late = is_plain and self.one_of(True, False)
        if not is_late:
            self.body(path, pairs, has_header=bool(path) and (not is_plain or bool(pairs)))
        for key, value in sections:
            if isinstance(value, dict):
                self.table((*path, key), value)
            else:
                for index, element in enumerate(value):
                    self.table((*path, key, index), element)
        if is_late:
            self.body(path, pairs, has_header=True)

    def body(self, path: Path, pairs: list[tuple[Path, Any]], *, has_header: bool) -> None:
        if has_header:
            self.header(path)
        for names, value in pairs:
            self.blank()
            self.pair(path, names, value)
            self.end_line()


NAMES = st.sampled_from(["a", "b", "tool", "mlreqs", "1", "-", "true"]) | st.text(max_size=4)
VALUES = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.lists(st.dictionaries(NAMES, inner, max_size=2), min_size=1, max_size=3)
    ),
    max_leaves=10,
)


@st.composite
def documents(draw: Any) -> tuple[str, dict[Path, int]]:
    """Draw a valid document with the line of each path in it."""
    writer = Writer(draw)
    writer.end_line()
    writer.table((), draw(st.dictionaries(NAMES, VALUES, max_size=4)))
    return writer.text, writer.where


def paths(data: Any, above: Path = ()) -> set[Path]:
    """Return the paths of all values in parsed TOML."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    found = set()
    for key, value in items:
        found |= {(*above, key)}
        if isinstance(value, (dict, list)):
            found |= paths(value, (*above, key))
    return found


@settings(max_examples=60, deadline=None, database=None)
@given(documents())
def test_every_path_has_the_line_where_it_is_written(document: tuple[str, dict[Path, int]]) -> None:
    """Whatever the style, each path that tomllib parses is found, on the line of its writing."""
    text, where = document
    assert paths(tomllib.loads(text)) == set(where)
    assert lines(text) == where


@settings(max_examples=80, deadline=5_000, database=None)
@given(
    st.text()
    | st.text("[]{}\"'\\=.,#\r\n a1uU")
    | st.builds(lambda document, end: document[0][:end], documents(), st.integers(0, 99))
)
def test_invalid_text_ends_the_scan_in_peace(text: str) -> None:
    """Arbitrary text and documents cut off anywhere yield lines that exist, and never raise."""
    assert all(1 <= line <= text.count("\n") + 1 for line in lines(text).values())


@pytest.mark.parametrize(
    "text",
    ['a = "' * 9_999, '"""\\' * 9_999, "a = " + "[" * 999, "]" * 9_999],
    ids=["strings", "multi-line strings", "opening", "closing"],
)
def test_long_invalid_text_ends_the_scan_in_peace(text: str) -> None:
    """Thousands of unclosed quotes or brackets neither raise nor take noticeable time."""
    assert max(lines(text).values(), default=1) == 1


def test_deep_nesting_is_no_recursion() -> None:
    """Arrays may nest deeper than Python's call stack is."""
    depth = sys.getrecursionlimit() + 100
    assert len(lines(f"a = {'[' * depth}{']' * depth}")) == depth


def test_requirements_in_a_pyproject() -> None:
    """Headers, arrays of tables and their sub-tables have the paths that the plugin asks for."""
    text = """\
        [project]
        name = "titanic"

        [[tool.mlreqs.latency]]
        max_p95_ms = 20

        [[tool.mlreqs.latency]]
        max_p95_ms = 50
        [tool.mlreqs.latency.uses]
        model = "titanic.model:load"
        [tool.mlreqs]
        undecided = "fail"
    """
    assert lines(textwrap.dedent(text)) == {
        ("project",): 1,
        ("project", "name"): 2,
        ("tool",): 4,
        ("tool", "mlreqs"): 11,
        ("tool", "mlreqs", "latency"): 4,
        ("tool", "mlreqs", "latency", 0): 4,
        ("tool", "mlreqs", "latency", 0, "max_p95_ms"): 5,
        ("tool", "mlreqs", "latency", 1): 7,
        ("tool", "mlreqs", "latency", 1, "max_p95_ms"): 8,
        ("tool", "mlreqs", "latency", 1, "uses"): 9,
        ("tool", "mlreqs", "latency", 1, "uses", "model"): 10,
        ("tool", "mlreqs", "undecided"): 12,
    }


def test_inline_tables_over_many_lines() -> None:
    """TOML 1.1 lets inline tables break lines, end with a comma and use two more escapes."""
    text = 'a = {\n  b = 1, # }\n  c = [{ "\\x64\\e" = 2 }],\n}\ne = 1'
    assert lines(text) == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", 0): 3,
        ("a", "c", 0, "d\x1b"): 3,
        ("e",): 5,
    }


def test_an_unknown_path_has_the_line_of_what_it_is_in() -> None:
    """The longest known prefix counts, and line 1 where there is none."""
    known = lines("\n[tool.mlreqs]\nlatency = [\n  { max_p95_ms = 1 },\n]")
    assert nearest_line(known, ("tool", "mlreqs", "latency", 0, "max_p95_ms")) == 4
    assert nearest_line(known, ("tool", "mlreqs", "latency", 1, "max_p95_ms")) == 3
    assert nearest_line(known, ("tool", "mlreqs", "missing")) == 2
    assert nearest_line(known, ("project", "name")) == 1
    assert nearest_line(known, ()) == 1
