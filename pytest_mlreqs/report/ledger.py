"""ledger: every verdict of the run, gathered where the reports arrive.

Verdicts travel on pytest's own test reports, so that the ledger of the process that prints is
complete under xdist too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

STATES = ("violated", "error", "undecided", "accepted", "satisfied")  # worst first


class Ledger:
    """What was declared and what became of it.

    Args:
        declared: the names of the requirements that the configuration declares.
    """

    def __init__(self, declared: Iterable[str]) -> None:
        self.declared = list(declared)
        self._records: dict[str, list[Mapping[str, Any]]] = {}
        self._errors: dict[str, str] = {}  # the requirement whose check could not be made

    def start(self, node: str) -> None:
        """A test starts; whatever an earlier attempt of it said (a rerun) is void."""
        self._records.pop(node, None)
        self._errors.pop(node, None)

    def add(self, node: str, record: Mapping[str, Any]) -> None:
        """Enter one verdict, as `enforcement` wrote it; or that a subject could not be had."""
        if record["state"] == "error":
            self._errors[node] = record["requirement"]
        if record["state"] != "error" or "error" in record:
            self._records.setdefault(node, []).append(record)

    @property
    def records(self) -> list[Mapping[str, Any]]:
        """All verdicts, test by test."""
        return [record for records in self._records.values() for record in records]

    @property
    def states(self) -> dict[str, str]:
        """The state of each requirement that was checked: the worst of its verdicts.

        That it was met for one model says nothing of the next, whose check could not be made: then
        only a violation counts as checked.
        """
        states: dict[str, str] = {}
        for record in self.records:
            name, state = record["requirement"], record["state"]
            states[name] = min(states.get(name, state), state, key=STATES.index)
        errors = self._errors.values()
        return {n: state for n, state in states.items() if n not in errors or state == "violated"}

    @property
    def not_checked(self) -> list[str]:
        """The declared requirements without a verdict; `(error)` where none could be had."""
        states, errors = self.states, self._errors.values()
        return [
            f"{name} (error)" if name in errors else name
            for name in self.declared
            if name not in states
        ]

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements are in each state, and how many were declared at all."""
        states = list(self.states.values())
        return {
            "declared": len({*self.declared, *self.states}),
            **{state: states.count(state) for state in reversed(STATES) if state != "error"},
        }

    @property
    def proven(self) -> tuple[int, int]:
        """How many requirements were shown to be able to fail, of how many tried."""
        tried: dict[str, bool] = {}
        for record in self.records:
            if record["proofs"]:
                noticed = all(proof["noticed"] for proof in record["proofs"])
                tried[record["requirement"]] = tried.get(record["requirement"], True) and noticed
        return sum(tried.values()), len(tried)
