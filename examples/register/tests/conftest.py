"""The office is opened before the tests, in the folder `var`: today's, or the careless one."""

import os
import shutil
from pathlib import Path

HOME = Path(__file__).parents[1] / "var"


def pytest_configure(config) -> None:
    """Open the office that the configuration is about."""
    os.environ["REGISTER_HOME"] = str(HOME)
    if not hasattr(config, "workerinput"):  # for the workers of pytest-xdist it is open already
        from register import careless, office

        shutil.rmtree(HOME, ignore_errors=True)
        twin = "careless" in str(config.getoption("mlreqs_config", None))
        (careless if twin else office).open_office()
