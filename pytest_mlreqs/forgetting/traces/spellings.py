"""spellings: every way in which planted people are likely to be written down, as bytes.

All of a group share a mark, and so do most of their spellings: what few of them differ in is the
`shared` part, by which any number of people cost no more than one.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Iterator
from functools import partial

from pytest_mlreqs.forgetting.traces import numerals
from pytest_mlreqs.forgetting.traces.people import Longer, People
from pytest_mlreqs.forgetting.traces.spelling import Spelling


def spellings(people: People) -> list[Spelling]:
    """Every spelling that a raw search looks for; none for no people."""
    found = [*_texts(people), *_digits(people), *numerals.spellings(people)]
    found += [*_digests(people), *_given(people)]
    return [one for one in found if one.written]


def _texts(people: People) -> Iterator[Spelling]:
    """Keys, from their second letter on: it is lower case in a name with a capital, too."""
    for length in sorted({len(key) for key in people.keys}):
        same = {key: people.keys[key] for key in people.keys if len(key) == length}
        yield from _keys(people, same)


def _keys(people: People, keys: dict[str, tuple[Longer, ...]]) -> Iterator[Spelling]:
    """Keys of one length, and those that contain them."""
    mark = len(people.mark) - 1
    for case in (str.lower, str.upper):
        texts = {case(key[1:]).encode(): people.number(key) for key in keys}
        longer = {}
        for key, others in keys.items():
            # The first letter of one that has more before may be a capital, too.
            each = [
                (f"{one.before[1:]}{key[0]}" if one.before else "", one.after, one.number)
                for one in others
            ]
            longer[key[1:]] = [(case(before), case(after), who) for before, after, who in each]
        longer = {case(key): others for key, others in longer.items()}
        for how, step in (("text", 1), ("UTF-16", 2), ("UTF-32", 4)):
            code = partial(_wide, step=step)
            wide = {code(text): number for text, number in texts.items()}
            shared = (0, mark * step - step + 1)
            yield Spelling(how, wide, shared, longer=_around(longer, code))
        for digits in (str.lower, str.upper):
            code = partial(_hexed, case=digits)
            hexed = {code(text): number for text, number in texts.items()}
            yield Spelling("hex", hexed, (0, 2 * mark), longer=_around(longer, code))
        yield from _base64(texts, mark)


def _around(
    longer: dict[str, list[tuple[str, str, int]]], code: Callable[[bytes], bytes]
) -> dict[bytes, list[tuple[bytes, bytes, int]]]:
    """What longer texts have before and after the others, as it is coded."""
    found = {}
    for text, others in longer.items():
        inner = code(text.encode())
        found[inner] = [
            (
                code(f"{before}{text}".encode()).removesuffix(inner),
                code(f"{text}{after}".encode()).removeprefix(inner),
                number,
            )
            for before, after, number in others
        ]
    return found


def _digits(people: People) -> Iterator[Spelling]:
    """Ids in decimal digits; small ones only where no further digit makes them another number."""
    for length in sorted({len(text) for text in people.ids}):
        same = {text: people.ids[text] for text in people.ids if len(text) == length}
        yield from _ids(people, same)
    small = {str(one.small_id).encode(): one.number for one in people}
    for step in (1, 2, 4):
        wide = {_wide(text, step): number for text, number in small.items()}
        yield Spelling("digits", wide, (0, len(people.small_prefix) * step - step + 1), step)


def _ids(people: People, ids: dict[str, tuple[Longer, ...]]) -> Iterator[Spelling]:
    """Ids of one length, and those that contain them."""
    prefix = len(people.prefix)
    texts = {text.encode(): people.number(text) for text in ids}
    longer = {
        text: [
            (before, one.after, one.number)
            for one in others
            for before in dict.fromkeys([one.before, one.before and f"{one.before}."])
        ]  # the latter as a power of ten
        for text, others in ids.items()
    }
    for step in (1, 2, 4):
        code = partial(_wide, step=step)
        wide = {code(text): number for text, number in texts.items()}
        shared = (0, prefix * step - step + 1)
        yield Spelling("digits", wide, shared, longer=_around(longer, code))
    after = {text: [one for one in others if not one[0]] for text, others in longer.items()}
    powers = {_power(text): number for text, number in texts.items()}
    yield Spelling("digits", powers, (0, prefix + 1), longer=_around(after, _power))
    code = partial(_hexed, case=str.lower)
    hexed = {code(text): number for text, number in texts.items()}
    yield Spelling("hex", hexed, (0, 2 * prefix), longer=_around(longer, code))
    yield from _base64(texts, prefix)


def _given(people: People) -> Iterator[Spelling]:
    """Further ids, in lower and in upper case; those of UUIDs as bytes, too."""
    for length in sorted({len(text) for text in people.given}):
        same = {text: one for text, one in people.given.items() if len(text) == length}
        for case in (str.lower, str.upper):
            texts = {case(text).encode(): one for text, one in same.items()}
            for how, step in (("id", 1), ("UTF-16", 2)):
                yield Spelling(how, {_wide(text, step): one for text, one in texts.items()})
        raw = {bytes.fromhex(text): one for text, one in same.items() if _is_raw(text)}
        yield Spelling("id", raw)


def _is_raw(text: str) -> bool:
    return len(text) == 32 and all(letter in string.hexdigits for letter in text)


def _digests(people: People) -> Iterator[Spelling]:
    """Unsalted digests, in bytes and in hex of either case."""
    for how, length in (("md5", 16), ("sha1", 20), ("sha256", 32)):
        raw = {text: number for text, number in people.digests.items() if len(text) == length}
        yield Spelling(how, raw)
        for case in (str.lower, str.upper):
            yield Spelling(how, {_hexed(text, case): number for text, number in raw.items()})


def _wide(text: bytes, step: int) -> bytes:
    """The characters at a distance in bytes, from the first to the last: either byte order."""
    return (b"\0" * (step - 1)).join(text[at : at + 1] for at in range(len(text)))


def _hexed(text: bytes, case: Callable[[str], str]) -> bytes:
    return case(text.hex()).encode()


def _power(digits: bytes) -> bytes:
    """Digits with the point after the first."""
    return digits[:1] + b"." + digits[1:]


def _base64(texts: dict[bytes, int], shared: int) -> Iterator[Spelling]:
    """The characters that are wholly theirs, wherever in a group of three bytes they begin.

    None of them has a `+` or a `/`, so that the alphabet for addresses writes the same.
    """
    for before in range(3):
        first = -(-8 * before // 6)
        coded = {}
        for text, number in texts.items():
            whole = base64.b64encode(bytes(before) + text + bytes(3))
            coded[whole[first : 8 * (before + len(text)) // 6]] = number
        yield Spelling("base64", coded, (0, 8 * (before + shared) // 6 - first))
