"""Write the skeleton of a kind and of its test: `make kind NAME=calibration`.

Both are the files beside this one, under another name; lint, types and tests look at them as they
do at all other code.
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from pathlib import Path

from pytest_mlreqs.core.terms import SETTINGS
from pytest_mlreqs.declare.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
TARGETS = {
    "skeleton.py": "pytest_mlreqs/requirements/{}.py",
    "test_skeleton.py": "tests/requirements/test_{}.py",
}
_LONGEST = 30  # letters; longer ones do not fit into lines


def wrong(name: str) -> str:
    """Why a kind cannot have a name, or nothing."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*", name) or len(name) > _LONGEST:
        return (
            f"{name!r} is no name of a kind: write lower-case words with '_' between them, at most "
            f"{_LONGEST} letters, such as calibration or missing_values"
        )
    if keyword.iskeyword(name) or name in SETTINGS:
        return f"{name!r} means something else already: take another name"
    if name in Catalogue().pages():
        return f"{name!r} exists already: read it with `pytest --mlreqs-explain {name}`"
    return ""


def write(name: str, root: Path = ROOT) -> list[Path]:
    """Write both files.

    Args:
        name: of the kind.
        root: of the repository.

    Raises:
        ValueError: a kind cannot be called that, or one of the files exists; none is written then.
    """
    if why := wrong(name):
        raise ValueError(why)
    title = "".join(word.capitalize() for word in name.split("_"))
    made = {root / target.format(name): source for source, target in TARGETS.items()}
    for path in made:
        if path.exists():
            raise ValueError(f"{path.relative_to(root)} exists already: nothing is written")
    for path, source in made.items():
        text = Path(__file__).with_name(source).read_text(encoding="utf-8")
        path.write_text(text.replace("skeleton", name).replace("Skeleton", title), encoding="utf-8")
    return list(made)


def main() -> None:
    """Write them, and say what comes next."""
    parser = argparse.ArgumentParser(prog="make kind NAME=...", description=__doc__)
    parser.add_argument("name", help="such as calibration")
    name = parser.parse_args().name
    try:
        paths = write(name)
    except ValueError as error:
        sys.exit(str(error))
    for path in paths:
        print(f"wrote {path.relative_to(ROOT)}")
    print(
        "It counts rows, and its tests pass. Make it measure what you want, and replace each TODO:"
        f"\n    .venv/bin/pytest tests/requirements/test_{name}.py tests/declare -k {name}"
    )


if __name__ == "__main__":
    main()
