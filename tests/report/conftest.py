"""What tests of reporters share."""

from __future__ import annotations

import pytest

from pytest_mlreqs.report.results import Results

MACHINE = {"fingerprint": "a processor; 2 cores", "cores": 2, "quota_cores": 1.5, "governor": None}


@pytest.fixture
def results(tmp_path):
    """Makes what reporters get of a run, given its ledger."""

    def of(ledger, configuration="pyproject.toml", **options):
        return Results(
            ledger=ledger,
            configuration=configuration,
            version="1.2",
            machine=lambda: MACHINE,
            revision=lambda: "abc123",
            folder=tmp_path,
            options={f"--mlreqs-{name}": value for name, value in options.items()},
        )

    return of
