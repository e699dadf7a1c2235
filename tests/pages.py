"""pages: what the page of a kind shows as its declaration, for tests of all kinds at once."""

import datetime
import inspect
import json
import re
from pathlib import Path

from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.pyproject import mlreqs_table, parsed

CATALOGUE = Catalogue()
KINDS = CATALOGUE.names()


def example(kind):
    """The TOML in the section *Declare* of a page, but for subjects, which nobody has."""
    page = inspect.cleandoc(CATALOGUE.load(kind).__doc__)
    section = re.search(r"^Declare\n(.*?)^Measures", page, re.MULTILINE | re.DOTALL)
    text = inspect.cleandoc("\n" + section[1])
    return re.sub(r"\[tool\.mlreqs\.subjects\]\n.*?\n\n", "", text, flags=re.DOTALL)


def options(kind):
    """The options of the first table on a page, without its id."""
    table = mlreqs_table(parsed(Path("page"), example(kind).encode()))[kind]
    first = table[0] if isinstance(table, list) else table
    return {name: value for name, value in first.items() if name != "id"}


def lines(kind, options):
    """A table as TOML, with one line for each option."""
    return "\n".join([f"[tool.mlreqs.{kind}]", *(f"{n} = {toml(v)}" for n, v in options.items())])


def toml(value):
    """A value as TOML has it, on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(n)} = {toml(v)}" for n, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return str(value) if isinstance(value, datetime.date) else json.dumps(value)
