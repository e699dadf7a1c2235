"""content: what a store holds, as numbers that can be compared without keeping anyone's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Table = Mapping[str, "np.ndarray[Any, np.dtype[np.uint64]]"]
"""The cells of one table, hashed to 64 bits: a column of shape (rows,) by its name.

Equal cells have equal hashes in every process and run; all columns have the rows in one order.
"""

Content = Mapping[str, Table]
"""The tables of one store by name. A text file is a table of one column, `line`; what has no rows,
such as an image or a pickled object, is a table of one cell, `content`."""
