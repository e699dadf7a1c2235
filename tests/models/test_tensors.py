"""What asks for tensors gets one where a frame does not fit."""

import sys
import types

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.models.scoring import method, scorer

X = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0, 1, 0]})


class Tensor:
    """The little of a tensor that is needed here."""

    def __init__(self, values, dtype=None, device=None):
        self.values = np.asarray(values, dtype=dtype)

    def float(self):
        return self

    def detach(self):
        return self

    def cpu(self):
        return self

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


class Without:
    """`no_grad`, which says whether it is in force."""

    depth = 0

    def __enter__(self):
        Without.depth += 1

    def __exit__(self, *_):
        Without.depth -= 1


class Module:
    """A module that calls its `forward`."""

    def parameters(self):
        return []

    def __call__(self, given):
        return self.forward(given)


@pytest.fixture
def torch(monkeypatch):
    """As much of torch as is looked at."""
    fake = types.SimpleNamespace(
        nn=types.SimpleNamespace(Module=Module),
        Tensor=Tensor, tensor=Tensor, float32=np.float32, no_grad=Without,
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "torch", fake)


class Net(Module):
    """A network of one layer, which takes tensors only."""

    def __init__(self):
        self.given = []

    def forward(self, given):
        self.given.append(type(given).__name__)
        if not isinstance(given, Tensor):
            raise TypeError("linear(): argument 'input' must be Tensor, not DataFrame")
        assert Without.depth == 1
        assert given.values.dtype == np.float32
        return Tensor(given.values @ [1.0, 10.0])


def test_a_module_gets_a_tensor(torch):
    """A module that takes no frame is given the numbers, without gradients, and only them then."""
    net = Net()
    taken = scorer(net)
    assert taken.name == "Net"
    assert taken.probed(X).tolist() == [1, 12, 3]
    assert taken(X).tolist() == [1, 12, 3]
    assert net.given == ["DataFrame", "Tensor", "Tensor"]
    assert method(net).call(X.to_numpy()).tolist() == [1, 12, 3]


def test_a_module_that_takes_frames(torch):
    """A module that prepares its rows itself is given them."""

    class Prepares(Module):
        def forward(self, given):
            assert Without.depth == 1
            return Tensor(given["a"])

    assert scorer(Prepares()).probed(X).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "function",
    [lambda given: Net().forward(given), lambda given: Net()(given.detach())],
    ids=["refused", "no such method"],
)
def test_a_function_that_asks_for_tensors(torch, function):
    """A function that is not a module is given a tensor where it says that it wants one."""
    assert scorer(function).probed(X).tolist() == [1, 12, 3]


def test_a_function_that_breaks_otherwise(torch):
    """An exception that has nothing to do with tensors is told as it is."""

    def breaks(given):
        return given["c"]

    with pytest.raises(Fault, match="breaks raised KeyError: 'c'"):
        scorer(breaks).probed(X)


def test_an_exception_after_an_answer(torch):
    """A model that has answered frames is given no tensors later."""

    class Picky(Module):
        def forward(self, given):
            if isinstance(given, Tensor) or (given["a"] > 2).any():
                raise ValueError("too large")
            return given["a"]

    taken = scorer(Picky())
    assert taken(X[:2]).tolist() == [1, 2]
    with pytest.raises(Fault, match="Picky raised ValueError: too large"):
        taken(X)


def test_columns_that_are_no_numbers(torch):
    """A module cannot be given texts, which is no fault of it."""
    with pytest.raises(DeclarationError, match=r"\(Net\) takes tensors, .* no numbers: sex; give"):
        scorer(Net()).probed(X.assign(sex="f"))


def test_torch_itself():
    """A network of torch is judged as it is, by rows of a frame."""
    torch = pytest.importorskip("torch")
    from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures

    net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0))
    with torch.no_grad():
        net[0].weight[:] = torch.tensor([[1.0, 0.0]])
    for wanted, ok in (("a", False), ("b", True)):
        (told,) = ForbiddenFeatures(columns=(wanted,), reason="r").check(net, X)
        assert told.ok is ok
    double = torch.nn.Linear(2, 1).double()
    assert scorer(double).probed(X).shape == (3, 1)
    loose = scorer(lambda rows: net(torch.tensor(rows.to_numpy(), dtype=torch.float32)))
    assert loose.probed(X).shape == (3,)
