"""Write the table of kinds into the README, as the kinds themselves give it: `make readme`."""

from __future__ import annotations

from pathlib import Path

from pytest_mlreqs.declare.catalogue import Catalogue

README = Path(__file__).parents[1] / "README.md"
_BEGIN, _END = "<!-- catalogue -->", "<!-- /catalogue -->"


def with_kinds(text: str) -> str:
    """A README whose table has a row for each kind.

    >>> "| `latency` | " in with_kinds("<!-- catalogue --><!-- /catalogue -->")
    True
    """
    catalogue = Catalogue()
    rows = ["| kind | | ML Test Score |", "| --- | --- | --- |"]
    for kind in catalogue.names():
        rows.append(f"| `{kind}` | {catalogue.summary(kind)} | {catalogue.rubric(kind)} |")
    before, _, rest = text.partition(_BEGIN)
    table = "\n".join([_BEGIN, *rows, _END])
    return before + table + rest.partition(_END)[2]


if __name__ == "__main__":
    README.write_text(with_kinds(README.read_text(encoding="utf-8")), encoding="utf-8")
