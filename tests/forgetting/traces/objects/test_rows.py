"""Tests of pytest_mlreqs.forgetting.traces.objects.rows."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.traces.objects import rows
from pytest_mlreqs.forgetting.traces.state import added

RANDOM = np.random.default_rng(0)
NUMBERS, MORE = RANDOM.normal(size=(20, 3)), RANDOM.normal(size=(3, 3)) + 5
WORDS, NEW = [f"text {n}" for n in range(20)], ["a", "b", "c"]
NAMES = list("abc")


def polars(columns):
    """A frame of Polars, where that is installed."""
    return pytest.importorskip("polars").DataFrame(columns)


def by_name(values):
    """The columns by name."""
    return {name: values[:, at] for at, name in enumerate(NAMES)}


FORMS = {
    "array": np.asarray,
    "float32": lambda values: values.astype("f4"),
    "fortran": np.asfortranarray,
    "objects": lambda values: values.astype(object),
    "three dimensions": lambda values: values.reshape(-1, 3, 1),
    "fields": lambda values: np.rec.fromarrays(values.T, names="a,b,c"),
    "lists": lambda values: values.tolist(),
    "tuples": lambda values: tuple(map(tuple, values.tolist())),
    "arrays": list,
    "dictionaries": lambda values: [dict(zip(NAMES, row, strict=True)) for row in values.tolist()],
    "csr": sparse.csr_matrix,
    "coo": sparse.coo_array,
    "pandas": lambda values: pd.DataFrame(values, columns=NAMES),
    "another index": lambda values: pd.DataFrame(values, columns=NAMES, index=values[:, 0]),
    "polars": lambda values: polars(by_name(values)),
    "arrow": lambda values: pa.table(by_name(values)),
}
TEXTS = {
    "list": list,
    "array": np.array,
    "objects": lambda texts: np.array(texts, dtype=object),
    "series": pd.Series,
    "polars": lambda texts: polars({"t": texts})["t"],
    "arrow": lambda texts: pa.chunked_array([texts]),
    "words": lambda texts: [text.split() * (1 + text.endswith("1")) for text in texts],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_rows_of_numbers(form):
    """Rows that came are found in any form, taken as what they are, and read as numbers."""
    before = rows.readable(form(NUMBERS))
    after = rows.readable(form(np.r_[NUMBERS[:10], MORE, NUMBERS[10:]]))
    positions = added(rows.content(before), rows.content(after))
    assert positions == [10, 11, 12]
    taken = rows.take(after, positions)
    assert type(taken) is type(after)
    assert (rows.count(after), rows.count(taken)) == (23, 3)
    assert rows.matrix(taken) == pytest.approx(MORE, rel=1e-6)


@pytest.mark.parametrize("form", TEXTS.values(), ids=list(TEXTS))
def test_rows_of_texts(form):
    """Texts by themselves, and lists of words, are rows."""
    before = rows.readable(form(WORDS))
    after = rows.readable(form([*WORDS[:10], *NEW, *WORDS[10:]]))
    positions = added(rows.content(before), rows.content(after))
    assert positions == [10, 11, 12]
    taken = rows.take(after, positions)
    assert rows.count(taken) == 3
    assert np.isnan(rows.matrix(taken)).all()


@pytest.mark.parametrize("form", [np.asarray, lambda values: values.tolist(), sparse.csr_matrix])
def test_cells_in_other_columns_are_other_rows(form):
    """The same numbers in another order of columns make another row."""
    one, other = form(NUMBERS), form(NUMBERS[:, ::-1])
    assert len(added(rows.content(one), rows.content(other))) == 20


def test_zeros_that_are_written_out_are_zeros():
    """A sparse matrix with zeros among its numbers is the one without."""
    written = sparse.csr_array((np.array([1.0, 0.0]), np.array([0, 1]), np.array([0, 2])), (1, 3))
    plain = sparse.csr_array(np.array([[1.0, 0, 0]]))
    assert not added(rows.content(written), rows.content(plain))


@pytest.mark.parametrize("empty", [np.empty((0, 3)), [], pd.DataFrame({"a": []})])
def test_no_rows(empty):
    """Nothing has no rows, and adds none."""
    assert rows.count(empty) == 0
    assert added(rows.content(empty), rows.content(empty)) == []
    assert len(rows.matrix(empty)) == 0


@pytest.mark.parametrize("what", [7, None, "text", object(), iter([1])])
def test_what_has_no_rows_is_refused(what):
    """What cannot be counted is an error of what is declared, with what to return instead."""
    with pytest.raises(DeclarationError, match="which has no rows: let it return a frame"):
        rows.readable(what)


@pytest.mark.parametrize("kind", [object, str])
def test_numbers_in_text_are_exact(kind):
    """A number that is written as text is the same to its last digit, whatever pandas reads."""
    generator = np.random.default_rng(0)
    numbers = np.concatenate([generator.lognormal(0, 30, 2_000), [1e23, 5e-324, 0.1 + 0.2]])
    texts = np.array([repr(float(one)) for one in numbers], dtype=kind)
    assert (rows.matrix(texts[:, None])[:, 0] == numbers).all()


def test_cells_that_are_numbers():
    """Cells of any sort of number are numbers, and all else is none."""
    given = [1, " 2 ", np.float32(0.5), True, Decimal("1.5"), "inf"]
    none = ["", "x", "1_0", None, pd.NA, b"1", 1 + 2j, np.complex128(1), 10**400, pd.Timestamp(0)]
    cells = np.empty((len(given) + len(none), 1), dtype=object)
    cells[:, 0] = [*given, *none]
    read = rows.matrix(cells)[:, 0]
    assert read[: len(given)].tolist() == [1, 2, 0.5, 1, 1.5, np.inf]
    assert np.isnan(read[len(given) :]).all()
