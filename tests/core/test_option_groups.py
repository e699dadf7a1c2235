"""Options that several kinds share have one meaning, and one description."""

import msgspec
import pytest

from pytest_mlreqs.core import option_groups
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.options import description

CATALOGUE = Catalogue()
SHARED = ("method", "rows", "warmup", "threads", "relative_to", "max_seconds", "reason")
GROUPS = {description(one) for one in vars(option_groups).values() if hasattr(one, "__metadata__")}


@pytest.mark.parametrize("kind", CATALOGUE.names())
def test_shared_options_are_declared_once(kind):
    """What a kind says of an option that others have is what its group says."""
    fields = msgspec.structs.fields(CATALOGUE.load(kind))
    told = {field.name: description(field.type) for field in fields if field.name in SHARED}
    assert set(told.values()) <= GROUPS
