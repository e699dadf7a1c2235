"""spelling: one way of writing people down, as bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

_DIGITS = frozenset(b"0123456789")
FIRST_DIGIT, _LAST_DIGIT = ord("."), ord("m")  # 64 characters: hexadecimal, and the point
LONG = 15  # bytes from which on a row of digits is worth a search of its own


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way of writing people down.

    Attributes:
        how: its name, as a trace tells it.
        written: what is written -> who it is; all of one length.
        shared: from where to where few of them differ; nothing where each is like no other.
        step: bytes from one digit to the next, if no further digit may stand next to them; else 0.
        longer: what is written -> those whose longer text holds it: what that has before it and
            after it, and who it is.
    """

    how: str
    written: dict[bytes, int]
    shared: tuple[int, int] = (0, 0)
    step: int = 0
    longer: dict[bytes, list[tuple[bytes, bytes, int]]] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Bytes of what is written."""
        return len(next(iter(self.written)))

    @property
    def heads(self) -> set[bytes]:
        """The shared parts there are; whole texts where they share nothing."""
        first, last = self.shared
        return {text[first : last or None] for text in self.written}

    @property
    def is_of_digits(self) -> bool:
        """Whether it is a long row of what can be a digit, decimal or hexadecimal, or the point."""
        each = (FIRST_DIGIT <= min(text) <= max(text) <= _LAST_DIGIT for text in self.written)
        return self.length >= LONG and all(each)

    def parted(self) -> tuple[Spelling, Spelling]:
        """What of it can stand in plain text, ASCII without a zero, and what cannot."""
        plain = {
            text: one for text, one in self.written.items() if text.isascii() and 0 not in text
        }
        other = {text: one for text, one in self.written.items() if text not in plain}
        return replace(self, written=plain), replace(self, written=other)

    def read(self, data: memoryview, start: int) -> int | None:
        """Who is written at this position; nobody, most of the time."""
        stop = start + self.length
        if start < 0 or stop > len(data):
            return None
        text = bytes(data[start:stop])
        number = self.written.get(text)
        for before, after, other in self.longer.get(text, ()):
            first = start - len(before)
            if (
                first >= 0
                and data[first:start] == before
                and data[stop : stop + len(after)] == after
            ):
                return other
        if number is not None and self.step and self._longer(data, start, stop):
            return None
        return number

    def _longer(self, data: memoryview, start: int, stop: int) -> bool:
        before, after = start - self.step, stop - 1 + self.step
        return (before >= 0 and data[before] in _DIGITS) or (
            after < len(data) and data[after] in _DIGITS
        )
