"""How a deletion is rehearsed on copies of the stores, and what became of it."""
