"""kinds: what a file is, told by what it holds and never by its name."""

from __future__ import annotations

import zlib

_BEGINNINGS = {
    b"\x1f\x8b\x08": "gzip",
    b"\xfd7zXZ\0": "lzma",
    b"\x5d\0\0": "lzma",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"FEA1": "feather 1",
    b"\x93NUMPY": "npy",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"SQLite format 3\0": "sqlite",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\xff\x06\0\0sNaPpY": "Snappy",
    b"\x1f\x9d": "compress (.Z)",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"MSCF": "cabinet",
    b"PARE": "encrypted parquet",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
    b"%PDF-": "PDF",
    b"PACK\0\0\0": "git pack",
    b"\x3f\xd7\x6c\x17": "Lucene index",
    **{b"BZh%d1AY&SY" % level: "bzip2" for level in range(1, 10)},
}
CLOSED = frozenset(
    {"LZ4", "Snappy", "compress (.Z)", "7z", "RAR", "cabinet", "encrypted parquet"}
    | {"ORC", "Avro", "PDF", "git pack", "Lucene index", "LevelDB", "RocksDB"}
)
"""Kinds that hide what they hold and that nothing here reads."""

_ENDS = {
    b"\x57\xfb\x80\x8b\x24\x75\x47\xdb": "LevelDB",
    b"\xf7\xcf\xf4\x85\xb7\x41\xe2\x88": "RocksDB",
}

_WRITTEN = bytes({*b"\t\n\v\f\r\x1b", *range(0x20, 0x7F), *range(0x80, 0x100)})
_SAMPLE = 1 << 16
_ENOUGH = 1 << 10  # bytes, below which nothing is said about whether they are random
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"OggS", b"ID3")


def kind_of(data: memoryview) -> str:
    """`text`, `gzip`, `parquet`, `pickle`, ...; `bytes` for others, `random` if they seem so."""
    head = bytes(data[:512])
    text = not bytes(data[:_SAMPLE]).translate(None, _WRITTEN)
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning) and not (text and beginning.isalnum()):
            return kind
    if head[:1] == b"\x78" and int.from_bytes(head[:2], "big") % 31 == 0 and _is_zlib(data, text):
        return "zlib"
    if text:
        return "text"
    if head[257:262] == b"ustar":
        return "tar"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head[:1] == b"\x80" and head[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return "pickle"
    if head[:4] == b"\xff" * 4 and 0 < int.from_bytes(head[4:8], "little") < len(data):
        return "arrow stream"
    if bytes(data[-8:]) in _ENDS:
        return _ENDS[bytes(data[-8:])]
    return "random" if _is_random(data) and not head.startswith(_IMAGES) else "bytes"


def _is_zlib(data: memoryview, text: bool) -> bool:  # noqa: FBT001
    """Whether it unpacks: something of it, or all where it could be a text as well."""
    inflater = zlib.decompressobj()
    try:
        some = inflater.decompress(bytes(data[:_SAMPLE]), 1 << 20)
    except zlib.error:
        return False
    return inflater.eof or (bool(some) and not text)


def _is_random(data: memoryview) -> bool:
    """Whether it cannot be compressed: it is already, or it is encrypted."""
    middle = max(0, len(data) // 2 - _SAMPLE // 2)
    sample = bytes(data[middle : middle + _SAMPLE])
    return len(sample) >= _ENOUGH and len(zlib.compress(sample, 1)) >= len(sample)
