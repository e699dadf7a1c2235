"""ends: what stands of the parts of a rehearsal of which some came to no end.

What was measured as a violation stands before what broke, and that before what cannot be told. No
part hides what came of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import (
    DeclarationError,
    Fault,
    Measurement,
    Undecided,
    described,
    undecided,
)


def measured(part: str, work: Iterable[Measurement]) -> tuple[list[Measurement], Exception | None]:
    """What is said of one part, and what broke it, if that is neither the subject nor a limit.

    Of a part that broke, only a violation stands: it could not be taken back by the rest.
    """
    id, _, of = part.partition(":")
    found: list[Measurement] = []
    try:
        for one in work:
            found.append(one)
    except Undecided as gap:
        return [*found, gap.measurement(part, Identity(id=id, of=of))], None
    except Exception as error:
        if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
            said = str(error) if isinstance(error, Fault) else described(error)
            why = f"there was not enough memory: {said}; allow more (max_memory_mib)"
            return [*found, undecided(part, why, id=id, of=of)], None
        if isinstance(error, Fault):
            held = Measurement(name=part, text=str(error), ok=False, id=id, of=of)
            return [*found, held], None
        rest = f"the rest of {part} could not be checked: {_said(error)}"
        stands = [one for one in found if one.ok is False]
        warnings = ["; ".join(filter(None, [one.warning, rest])) for one in stands]
        return [replace(o, warning=w) for o, w in zip(stands, warnings, strict=True)], error
    return found, None


def broken(errors: Sequence[Exception]) -> Exception:
    """One exception that says all that broke."""
    if len(errors) == 1:
        return errors[0]
    return DeclarationError("; ".join(dict.fromkeys(map(_said, errors))))


def _said(error: Exception) -> str:
    known = isinstance(error, DeclarationError)
    return str(error) if known else f"the check itself broke: {described(error)}"
