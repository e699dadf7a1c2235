"""Tests of pytest_mlreqs.forgetting.traces.files.kinds."""

import bz2
import gzip
import lzma
import pickle
import random
import zlib

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.files.kinds import kind_of

TEXT = "Grüße, 1,2\n".encode() * 9


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "text"),
        (TEXT, "text"),
        ("é\n".encode("latin-1"), "text"),
        (b"ORCHARD,APPLES\n1,2\n", "text"),
        (b"PAR1 is how it begins", "text"),
        (b"BZh is how it begins", "text"),
        (b"x^2 + 1 = 0", "text"),
        ("a,b\n".encode("utf-16"), "bytes"),
        (gzip.compress(TEXT), "gzip"),
        (bz2.compress(TEXT), "bzip2"),
        (lzma.compress(TEXT), "lzma"),
        (lzma.compress(TEXT, format=lzma.FORMAT_ALONE), "lzma"),
        (zlib.compress(TEXT), "zlib"),
        (zlib.compress(TEXT, 1), "zlib"),
        (zlib.compress(TEXT, 9), "zlib"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"x\x9c no stream at all \0", "bytes"),
        *((pickle.dumps([1], protocol), "pickle") for protocol in (2, 3, 4, 5)),
        (b"PAR1\x15\x04", "parquet"),
        (b"ORC\x01\x02", "ORC"),
        (b"\xff" * 64 + bytes(4), "bytes"),
        (b"\xff\xff\xff\xff" + b"\x10\0\0\0" + bytes(64), "arrow stream"),
        (np.random.default_rng(0).normal(size=9_000).tobytes(), "bytes"),
        (random.Random(0).randbytes(9_000), "random"),
        (b"\x89PNG\r\n\x1a\n" + random.Random(0).randbytes(9_000), "bytes"),
        (random.Random(0).randbytes(900), "bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}",
)
def test_a_kind_is_told_by_content(data, kind):
    """Each beginning is known; text that begins like a format and short noise are no such thing."""
    assert kind_of(memoryview(data)) == kind
