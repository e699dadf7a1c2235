"""text: planted people in CSV, JSON lines, logs and any other text, by column, path and line."""

from __future__ import annotations

from bisect import bisect_right

from pytest_mlreqs.forgetting.traces.files.finds import Finds
from pytest_mlreqs.forgetting.traces.files.records import Records
from pytest_mlreqs.forgetting.traces.scan import Hit, Scanner
from pytest_mlreqs.forgetting.traces.search import Trace, everybody


def in_text(where: str, data: memoryview, found: Finds, scanner: Scanner) -> list[Trace]:
    """What the raw search found in a text, told by its parts where it has some."""
    records = Records(data)
    places: dict[str, tuple[Finds, int]] = {}
    for hit, place, begin in _placed(records, found, scanner):
        finds, first = places.setdefault(place, (Finds(), begin))
        finds.add([hit])
        places[place] = finds, min(first, begin)
    traces = []
    for place, (finds, first) in places.items():
        name = f"{where}, {place}"
        if not place.startswith("column "):
            name = f"{where}, line {next(records.lines_before([first]))}, {place}"
        traces += finds.traces(name)
    for trace in found.traces(where, everybody(traces)):
        line = next(records.lines_before(found.starts()[trace.how][:1]))
        traces.append(Trace(f"{where}, line {line}", trace.how, trace.people, trace.count))
    return traces


def _placed(records: Records, found: Finds, scanner: Scanner) -> list[tuple[Hit, str, int]]:
    """Everybody who is found again in a part of a line, with the part and where the line begins."""
    ends: list[int] = []
    parts: list[tuple[str, int]] = []
    texts: list[bytes] = []
    length, last = 0, -1
    for start in sorted(start for starts in found.starts().values() for start in starts):
        if start < last:
            continue
        begin, last = records.line_at(start)
        for place, text in records.leaves(begin, last):
            written = text.encode("utf-8", "replace") + b"\n"
            parts.append((place, begin))
            ends.append(length := length + len(written))
            texts.append(written)
    again = sorted(scanner.hits(b"".join(texts)))
    return [(hit, *parts[bisect_right(ends, hit.start)]) for hit in again]
