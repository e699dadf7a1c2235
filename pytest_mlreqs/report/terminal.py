"""terminal: the section that lists every verdict, and the closing line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_mlreqs.report.results import Results

_COLOURS = {"violated": "red", "error": "red", "undecided": "yellow", "accepted": "yellow"}


def section(results: Results) -> Iterator[tuple[str, str]]:
    """One line per measurement, with the colour of its state; worst requirements last.

    The end of the output is where people look first.
    """
    order = {"satisfied": 0, "accepted": 1, "undecided": 2, "error": 3, "violated": 4}
    records = sorted(results.ledger.records, key=lambda record: order[record["state"]])
    width = max((len(record["label"]) for record in records), default=0)
    for record in records:
        for position, text in enumerate(_texts(record)):
            label = record["label"] if position == 0 else ""
            state = record["state"] if position == 0 else ""
            yield _COLOURS.get(record["state"], "green"), f"{state:10} {label:{width}}  {text}"


def _texts(record: Mapping[str, Any]) -> list[str]:
    texts = [measurement["text"] for measurement in record["measurements"]]
    texts += [record[end] for end in ("fault", "error") if record.get(end)]
    texts += [f"accepted until {record['until']}: {record['reason']}"] if record["reason"] else []
    for proof in record["proofs"]:
        verb = "noticed" if proof["noticed"] else "NOT NOTICED"
        texts.append(f"planted: {proof['what']}: {verb}")
    return texts or ["measured nothing"]


def closing(results: Results) -> Iterator[str]:
    """The last lines of the run."""
    ledger = results.ledger
    counts = dict(ledger.counts)
    parts = [f"{counts.pop('declared')} declared", f"{counts.pop('satisfied')} satisfied"]
    parts += [f"{counts[state]} {state}" for state in ("violated", "undecided", "accepted")
              if counts[state]]  # fmt: skip
    line = f"requirements: {', '.join(parts)}"
    if ledger.not_checked:
        line += f"; not checked: {', '.join(ledger.not_checked)}"
    yield line
    proven, tried = ledger.proven
    if tried:
        yield f"{proven} of {tried} requirements can fail here"
