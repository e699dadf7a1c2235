"""stored_columns: what parquet, feather, npy, HDF5 and Excel files hold, by column, part by part.

Nothing here unpickles: arrays of Python objects are left as the bytes that they are.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.files.mapped import Unsearchable, opened
from pytest_mlreqs.forgetting.traces.files.unpacking import Room
from pytest_mlreqs.forgetting.traces.texts import Texts

_CELLS = 1 << 20  # that are in memory at once
_MOST = (1 << 31) - 1  # bytes of a text, for Arrow


@dataclass(frozen=True, slots=True)
class Column:
    """Some cells of a column, in the order of its rows.

    Attributes:
        table: the table within the file: a sheet, a dataset; empty where it has but one.
        name: the column; empty for an array without names.
        values: the cells; objects where they are of no one type.
        missing: which of them have no value, where `values` cannot tell.
        aside: whether they are no cells of rows: categories that a column may have.
    """

    table: str
    name: str
    values: np.ndarray[Any, Any] | Texts
    missing: np.ndarray[Any, np.dtype[np.bool_]] | None = None
    aside: bool = False


def columns(kind: str, data: memoryview, room: Room) -> Iterator[Column]:
    """All columns of a file of one of the kinds in `COLUMNAR`.

    Raises:
        Unsearchable: there is no reader, or it holds more than there is room for.
    """
    return _READERS[kind](data, room)


def _parquet(data: memoryview, room: Room) -> Iterator[Column]:
    parquet = _package("pyarrow.parquet", "parquet", "parquet")
    file = parquet.ParquetFile(_arrow_file(data))
    for group in range(file.metadata.num_row_groups):
        room.take(file.metadata.row_group(group).total_byte_size)
        for name in file.schema_arrow.names:
            for batch in file.iter_batches(_CELLS, row_groups=[group], columns=[name]):
                yield from _both(name, batch.column(0))


def _arrow(data: memoryview, room: Room) -> Iterator[Column]:
    ipc = _package("pyarrow.ipc", "Arrow and feather", "parquet")
    file = ipc.open_file(_arrow_file(data))
    yield from _batches(map(file.get_batch, range(file.num_record_batches)), room)


def _arrow_stream(data: memoryview, room: Room) -> Iterator[Column]:
    ipc = _package("pyarrow.ipc", "Arrow", "parquet")
    yield from _batches(ipc.open_stream(_arrow_file(data)), room)


def _feather_1(data: memoryview, room: Room) -> Iterator[Column]:
    feather = _package("pyarrow.feather", "feather", "parquet")
    yield from _batches(feather.read_table(_arrow_file(data)).to_batches(), room)


def _batches(batches: Any, room: Room) -> Iterator[Column]:
    for batch in batches:
        room.take(batch.nbytes)
        for name, cells in zip(batch.schema.names, batch.columns, strict=True):
            for first in range(0, len(cells), _CELLS):
                yield from _both(name, cells.slice(first, _CELLS))


def _npy(data: memoryview, room: Room) -> Iterator[Column]:  # noqa: ARG001  # it is not packed
    file = opened(data)
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    if dtype.hasobject:
        return
    count = int(np.prod(shape, dtype=np.int64))
    size = count * dtype.itemsize
    flat = np.frombuffer(data[file.tell() : file.tell() + size], dtype=dtype, count=count)
    for first in range(0, count, _CELLS):
        yield from _fields("", "", flat[first : first + _CELLS])


def _hdf5(data: memoryview, room: Room) -> Iterator[Column]:
    h5py = _package("h5py", "HDF5", "hdf5")
    with h5py.File(opened(data), "r") as file:
        found: list[tuple[str, Any]] = [("", file)]
        file.visititems(lambda name, item: found.append((name, item)))
        for name, item in found:
            for key, value in item.attrs.items():
                yield Column(name, f"attribute {key}", np.asarray(value).reshape(-1))
            if isinstance(item, h5py.Dataset) and item.shape is not None:
                room.take(item.nbytes)
                yield from _dataset(name, item)


def _dataset(name: str, item: Any) -> Iterator[Column]:
    if not item.shape:
        yield Column(name, "", np.asarray(item[()]).reshape(-1))
        return
    rows = max(1, _CELLS // max(1, int(np.prod(item.shape[1:]))))
    for first in range(0, item.shape[0], rows):
        yield from _fields(name, "", np.asarray(item[first : first + rows]).reshape(-1))


def _xlsx(data: memoryview, room: Room) -> Iterator[Column]:
    openpyxl = _package("openpyxl", "Excel", "xlsx")
    with zipfile.ZipFile(opened(data)) as archive:
        room.take(sum(info.file_size for info in archive.infolist()))
    book = openpyxl.load_workbook(opened(data), read_only=True)
    for sheet in book.worksheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        names = rows[0] if rows else []
        for at, name in enumerate(names):
            cells = [row[at] if at < len(row) else None for row in rows[1:]]
            values = np.fromiter(cells, dtype=object, count=len(cells))
            yield Column(sheet.title, str(name), values)


def is_book(data: memoryview) -> bool:
    """Whether a zip archive is an Excel file."""
    with zipfile.ZipFile(opened(data)) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _fields(table: str, name: str, values: np.ndarray[Any, Any]) -> Iterator[Column]:
    """The named parts of an array, or the array."""
    if values.dtype.names is None:
        yield Column(table, name, values)
        return
    for field in values.dtype.names:
        part = values[field]
        yield from _fields(table, f"{name}.{field}".lstrip("."), part.reshape(-1))


def _both(name: str, cells: Any) -> Iterator[Column]:
    """The cells of an Arrow array, and its categories, also those that no cell has."""
    import pyarrow

    yield _column(name, cells)
    if pyarrow.types.is_dictionary(cells.type):
        yield replace(_column(f"categories of {name}", cells.dictionary), aside=True)
    for inner in _inner(cells):
        yield replace(_column(name, inner), aside=True)


def _inner(cells: Any) -> Iterator[Any]:
    """The floats within the lists and structures of an Arrow array."""
    from pyarrow import types

    kind = cells.type
    if types.is_struct(kind):
        for field in cells.flatten():
            yield from [field] if types.is_floating(field.type) else _inner(field)
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        field = cells.flatten()
        yield from [field] if types.is_floating(field.type) else _inner(field)


def _column(name: str, cells: Any) -> Column:
    """The cells of an Arrow array, as exact as they are stored."""
    import pyarrow

    if pyarrow.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    kinds = pyarrow.types
    if (kinds.is_integer(cells.type) or kinds.is_floating(cells.type)) and not cells.null_count:
        return Column("", name, np.asarray(cells.to_numpy(zero_copy_only=False)))
    text = kinds.is_string(cells.type) or kinds.is_large_string(cells.type)
    if text and len(cells) and cells.nbytes + len(cells) < _MOST:
        missing = cells.is_null().to_numpy(zero_copy_only=False)
        return Column("", name, _texts(cells.fill_null("")), missing)
    return Column("", name, np.fromiter(cells.to_pylist(), dtype=object, count=len(cells)))


def _texts(cells: Any) -> Texts:
    """The texts of an Arrow array that has a text in every place."""
    import pyarrow
    from pyarrow import compute

    all_of_them = pyarrow.ListArray.from_arrays(pyarrow.array([0, len(cells)], "int32"), cells)
    written = compute.binary_join(all_of_them, pyarrow.scalar("\n", cells.type))[0]
    lengths = compute.binary_length(cells).to_numpy(zero_copy_only=False)
    return Texts.joined(written.as_buffer().to_pybytes(), lengths)


def _arrow_file(data: memoryview) -> Any:
    import pyarrow

    return pyarrow.BufferReader(pyarrow.py_buffer(data))


def _package(name: str, what: str, extra: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise Unsearchable(f"{what} needs {package}: pip install pytest-mlreqs[{extra}]") from None


_READERS: dict[str, Callable[[memoryview, Room], Iterator[Column]]] = {
    "parquet": _parquet,
    "arrow": _arrow,
    "arrow stream": _arrow_stream,
    "feather 1": _feather_1,
    "npy": _npy,
    "hdf5": _hdf5,
    "xlsx": _xlsx,
}
COLUMNAR = frozenset(_READERS)
