"""Calls of a model, each on a copy of it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import socket
import sys

import numpy as np
import pytest

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided
from pytest_mlreqs.models import copies
from pytest_mlreqs.models.copies import Copies

pytestmark = pytest.mark.usefixtures("forkable")
FORKS = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can fork safely")
BOTH = pytest.mark.parametrize("forks", [False, pytest.param(True, marks=FORKS)])


def counting():
    """A function that counts its calls."""
    calls = []

    def call(given):
        calls.append(given)
        return len(calls), given

    return call


@FORKS
def test_a_fork_knows_of_no_call():
    """Each series starts as if the model had never been called, and leaves it so."""
    call, kept = counting(), Copies(forks=True)
    assert kept.series(call, ["a", "b"]) == [(1, "a"), (2, "b")]
    assert kept.series(call, ["c"]) == [(1, "c")]
    assert call("here") == (1, "here")
    assert kept.how == "each series of calls in a fresh copy of the process"


def test_in_one_process():
    """Where no fork is safe, calls follow each other."""
    call, kept = counting(), Copies(forks=False)
    assert kept.series(call, ["a"]) + kept.series(call, ["b"]) == [(1, "a"), (2, "b")]
    assert kept.how == "in one process, one after the other"


@BOTH
def test_generators_start_from_one_state(forks):
    """The global generators give every series the same numbers."""
    kept = Copies(forks)
    draw = lambda _: (random.random(), float(np.random.random()))
    before = draw(0)
    first, second = kept.series(draw, [0, 1]), kept.series(draw, [0, 1])
    assert first == second
    assert first[0] != first[1]
    assert before != first[0]


@BOTH
def test_refusals(forks):
    """What a call raises is its answer, and the others are answered."""

    def call(given):
        if given == 1:
            raise Fault("no ones")
        return given

    answers = Copies(forks).series(call, [0, 1, 2])
    assert (answers[0], str(answers[1]), answers[2]) == (0, "no ones", 2)


@BOTH
@pytest.mark.parametrize("cause", [None, ValueError("x")])
def test_faults_keep_their_sort(forks, cause):
    """Whether the model raised or answered wrongly is known afterwards."""

    def work():
        raise Fault("bad") from cause

    kept = Copies(forks)
    kept.run(int)
    with pytest.raises(Fault, match="bad") as caught:
        kept.run(work)
    assert (caught.value.__cause__ is None) is (cause is None)


@BOTH
def test_a_lack_of_memory_is_no_refusal(forks):
    """What finds no memory in a copy is still known to be that, and no answer to an input."""

    def call(given):
        raise Fault("predict raised MemoryError") from MemoryError()

    kept = Copies(forks)
    kept.run(int)
    with pytest.raises(Fault) as caught:
        kept.series(call, [0])
    assert isinstance(caught.value.__cause__, MemoryError)


@BOTH
@pytest.mark.parametrize("error", [Undecided, DeclarationError])
def test_what_is_no_fault_is_none(forks, error):
    """Other answers of a check stay what they are."""

    def work():
        raise error("why")

    with pytest.raises(error, match="why"):
        Copies(forks).run(work)


@FORKS
@pytest.mark.parametrize("end", [lambda: os._exit(3), lambda: 1 / 0, lambda: lambda: 0])
def test_a_fork_that_comes_to_nothing(end):
    """What dies in a fork, breaks there or cannot be handed over is called here, from then on."""
    kept, own = Copies(forks=True), os.getpid()
    assert kept.run(lambda: own if os.getpid() == own else end()) == own
    assert not kept.forks


@FORKS
def test_what_works_here_only():
    """A model that raises in every fork, as a device does, is called here, and is at no fault."""
    kept, own = Copies(forks=True), os.getpid()

    def work():
        if os.getpid() != own:
            raise Fault("no device in a fork") from RuntimeError()
        return own

    assert kept.run(work) == own
    assert not kept.forks


@FORKS
def test_a_fork_that_hangs(monkeypatch):
    """A fork that waits for a thread that it lost is given up."""
    monkeypatch.setattr(copies, "_STILL_S", 0.01)
    monkeypatch.setattr(copies, "_LOOK_S", 0.01)
    read, _ = os.pipe()
    own = os.getpid()
    assert Copies(forks=True).run(lambda: own if os.getpid() == own else os.read(read, 1)) == own


@FORKS
def test_large_answers_come_through():
    """An answer larger than a pipe holds is read while it is written."""
    assert Copies(forks=True).run(lambda: np.arange(10**6)).sum() == 10**6 * (10**6 - 1) // 2


def test_what_is_not_forked():
    """An endpoint is not here to be copied, and an open connection would be shared."""
    assert not copies.copies("http://localhost:1").forks
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_ = copies.forkable()
        with socket.create_connection(server.getsockname()):
            assert not copies.forkable()
        assert copies.forkable() is open_


@FORKS
def test_a_connection_on_this_machine(tmp_path, monkeypatch):
    """A connection to a service by a socket of this machine is shared as one over a network is."""
    monkeypatch.chdir(tmp_path)  # a path to a socket has 107 bytes at most
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("service")
        server.listen()
        before = copies.forkable()
        client.connect("service")
        assert not copies.forkable()
        accepted, _ = server.accept()
        client.close()
        with accepted:
            assert not copies.forkable()
        assert before is copies.forkable() is True


@FORKS
def test_an_abstract_name():
    """A service may have a name that is no path."""
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(f"\0mlreqs-{os.getpid()}")
        server.listen()
        client.connect(server.getsockname())
        assert not copies.forkable()


@FORKS
def test_what_leads_to_no_service(tmp_path, monkeypatch):
    """A pair of sockets, an event loop's and a pipe's, and a log that is only written to."""
    monkeypatch.chdir(tmp_path)
    assert copies.forkable()
    loop, pipe = asyncio.new_event_loop(), multiprocessing.Pipe()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("log")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as logger:
            logger.connect("log")
            assert copies.forkable()
    loop.close()
    for end in pipe:
        end.close()
