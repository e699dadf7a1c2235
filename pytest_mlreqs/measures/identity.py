"""identity: columns that name a row rather than describe it, and rows that are in two places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]

_ROWS = 100  # with fewer, all values of an honest number may well be different
_DISTINCT = 0.99
_DENSE = 1.5  # row numbers: the range is hardly larger than the number of rows
_DIGITS = 8  # numbers of so many digits, all of one length, are account or telephone numbers
_CODE = 40  # characters
_EPOCH = (1e9, 3e9)  # seconds since 1970, as in timestamps of these decades
_FIGURES = 6  # figures that survive a CSV file and single precision


@dataclass(frozen=True, slots=True)
class Shared:
    """Rows of one frame that are in another one too.

    Attributes:
        columns: how many columns both frames have.
        rows: how many rows were looked for.
        where: positions of those that were found.
        chance: the share of rows of the other frame that have a twin within it.
        p: probability of as many or more, if rows were shared by chance alone.
    """

    columns: int
    rows: int
    where: tuple[int, ...]
    chance: float
    p: float


def identifier(values: pd.Series[Any]) -> str | None:
    """Why a column looks like an identifier, or None.

    Nearly all values must differ in 100 rows or more; and be whole numbers that fill their range,
    as row numbers do, or are all of one length from 8 digits on; or be short codes with digits in
    them. Measurements, times, names and texts are none of these.
    """
    known = values.dropna()
    if pd.api.types.is_bool_dtype(known) or pd.api.types.is_datetime64_any_dtype(known):
        return None
    if len(known) < _ROWS or known.map(repr).nunique() < _DISTINCT * len(known):
        return None
    shown = f"{known.map(repr).nunique():,} different values in {len(known):,} rows"
    if pd.api.types.is_numeric_dtype(known):
        numbers = known.to_numpy(dtype=float)
        if not np.array_equal(numbers, np.round(numbers)):
            return None
        low, high = numbers.min(), numbers.max()
        if high - low + 1 <= _DENSE * len(numbers):
            return f"{shown} that fill their range, as row numbers do"
        digits = {len(str(abs(int(number)))) for number in (low, high)}
        epoch = _EPOCH[0] <= low <= high <= _EPOCH[1]
        if len(digits) == 1 and min(digits) >= _DIGITS and low > 0 and not epoch:
            return f"{shown}, all of {min(digits)} digits"
        return None
    text = known.astype(str)
    code = (text.str.len() <= _CODE) & ~text.str.contains(r"\s") & text.str.contains(r"\d|@")
    return f"{shown}, nearly all of them short codes" if code.mean() >= _DISTINCT else None


def shared(rows: pd.DataFrame, others: pd.DataFrame) -> Shared:
    """Rows that are in `others` too, in the columns that both have.

    Numbers are compared to six figures, all else as text. Frames of few values share rows by
    chance: how often is seen within `others`, and the excess is put to Fisher's exact test.
    """
    from scipy.stats import fisher_exact

    columns = [column for column in rows.columns if column in set(others.columns)]
    keys, known = _keys(rows[columns]), _keys(others[columns])
    found = np.flatnonzero(np.isin(keys, known))
    twins = int(pd.Series(known).duplicated(keep=False).sum())
    table = [[len(found), len(keys) - len(found)], [twins, len(known) - twins]]
    p = float(fisher_exact(table, alternative="greater")[1])
    return Shared(len(columns), len(keys), tuple(map(int, found)), twins / max(1, len(known)), p)


def _keys(frame: pd.DataFrame) -> Array:
    plain = {}
    for position in range(frame.shape[1]):
        values = frame.iloc[:, position]
        if pd.api.types.is_numeric_dtype(values):
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            with np.errstate(all="ignore"):
                power = np.floor(np.log10(np.abs(numbers)))
                power = np.where(np.isfinite(power), power, 0.0)
                scale = 10.0 ** (_FIGURES - 1 - power)
                numbers = np.round(numbers * scale) / scale
            plain[position] = np.char.mod(f"%.{_FIGURES}g", numbers).astype(object)
        else:
            plain[position] = values.astype(object).map(str).to_numpy()
    keys: Array = pd.util.hash_pandas_object(pd.DataFrame(plain), index=False).to_numpy()
    return keys
