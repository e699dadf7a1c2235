"""rubric: the places of the ML Test Score, of which a kind names those that it fills.

Breck, Cai, Nielsen, Salib, Sculley: The ML Test Score, IEEE Big Data 2017: four sections of seven
tests each.
"""

from __future__ import annotations

SECTIONS = ("data", "model", "infrastructure", "monitoring")
PLACES = tuple(f"{section} {number}" for section in SECTIONS for number in range(1, 8))


def places(rubric: str | tuple[str, ...]) -> tuple[str, ...]:
    """The places that a kind names.

    Args:
        rubric: places such as `monitoring 6`; or one text, which may be of another rubric.

    Raises:
        ValueError: one of several is no place; the text says which.
    """
    if isinstance(rubric, str):
        return (rubric,) if rubric else ()
    for place in rubric:
        if place not in PLACES:
            raise ValueError(
                f"{place!r} is no place of the ML Test Score: write {', '.join(SECTIONS[:-1])} or "
                f"{SECTIONS[-1]} and a number from 1 to 7, such as 'monitoring 6'"
            )
    return tuple(rubric)
