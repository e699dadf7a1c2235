"""What can crash, hang, leak or exit does so in a child process, and ends as one sentence."""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import itertools
import os
import re
import resource
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from pytest_mlreqs.core import isolation
from pytest_mlreqs.core.isolation import CAN_FORK, Outcome, child, run_apart, run_here
from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.models.contract import guarded
from pytest_mlreqs.models.copies import Copies

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="checks are forked on Linux only")

GIB = 2**30


def apart(work, *, timeout_s=5.0, max_memory_mib=300):
    """Run the work with limits that fit a test."""
    return run_apart(work, timeout_s=timeout_s, max_memory_mib=max_memory_mib)


def after_one(do):
    """Work that yields once and then does something harmful."""

    def work():
        yield 1
        yield do()

    return work


@pytest.fixture(params=[apart, run_here], ids=["apart", "here"])
def run(request):
    """Both ways to run the work."""
    return request.param


def test_values_come_back_in_order(run):
    """All values that the work yields are the outcome, and there is no fault."""
    outcome = run(lambda: iter([1, "two", (3.0, None)]))
    assert outcome.values == (1, "two", (3.0, None))
    assert outcome.fault is None


def test_work_may_return_a_list(run):
    """Any iterable will do."""
    assert run(lambda: [1, 2]).values == (1, 2)


def test_the_work_runs_elsewhere():
    """The work runs in another process, or in this one where it is asked to."""
    assert apart(lambda: [os.getpid()]).values != (os.getpid(),)
    assert run_here(lambda: [os.getpid()]).values == (os.getpid(),)


def test_an_exception_is_an_error_of_the_work(run):
    """An exception is told with type, message and place, and the values before it are kept."""

    def work():
        yield 1
        raise ValueError("no rows\nat all")

    outcome = run(work)
    line = work.__code__.co_firstlineno + 2
    told = f"the check itself broke: ValueError: no rows at all (test_isolation.py:{line}, in work)"
    assert (outcome.values, outcome.fault, outcome.error) == ((1,), None, told)


def test_a_fault_speaks_for_itself(run):
    """The text of a `Fault` is the fault, word for word."""

    def work():
        yield 1
        raise Fault("predict returned None")

    assert run(work).fault == "predict returned None"


def test_a_declaration_that_does_not_work_is_an_error(run):
    """The text of a `DeclarationError` is the error, word for word, and nobody's fault."""

    def work():
        yield 1
        raise DeclarationError("delete is no function")

    outcome = run(work)
    assert (outcome.values, outcome.fault, outcome.error) == ((1,), None, "delete is no function")


@pytest.mark.parametrize("code", [0, 3])
def test_system_exit_is_an_error(run, code):
    """Leaving by `sys.exit` is no way to pass."""
    outcome = run(after_one(lambda: sys.exit(code)))
    assert outcome.values == (1,)
    assert outcome.error.startswith(f"the check itself broke: SystemExit: {code} (test_isolation.")


def test_any_other_way_to_raise_is_an_error(run):
    """What does not derive from `Exception` is no way to get past the check either."""

    class Abandoned(BaseException):
        pass

    def work():
        yield 1
        raise Abandoned("now")

    assert "Abandoned: now" in run(work).error


def test_keyboard_interrupts_go_through():
    """Whoever interrupts the session from the keyboard interrupts it."""

    def work():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_here(work)


@pytest.mark.parametrize("code", [0, 3])
def test_os_exit_is_a_fault(code):
    """Leaving at once is no way to pass, whatever the exit code."""
    outcome = apart(after_one(lambda: os._exit(code)))
    told = f"the check did not come back: its process was ended by os._exit({code})"
    assert (outcome.values, outcome.fault) == ((1,), told)


def test_a_segmentation_fault_is_told_with_its_place():
    """A crash in native code is told by its signal and by the line that led into it."""

    def crash():
        ctypes.string_at(0)

    line = crash.__code__.co_firstlineno + 1
    outcome = apart(after_one(crash))
    told = f"the process crashed (SIGSEGV); it was at test_isolation.py:{line}, in crash"
    assert (outcome.values, outcome.fault) == ((1,), told)


def test_an_abort_of_its_own_is_a_fault():
    """An abort of a process that had memory left is the subject's, as an assertion in C is."""
    fault = apart(after_one(os.abort)).fault
    assert fault.startswith("the process aborted (SIGABRT); it was at test_isolation.py:")


def fill():
    """Take all memory that there is, as native code does."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    while (got := libc.malloc(2**20)) is not None:
        ctypes.memset(got, 1, 2**20)


@pytest.mark.parametrize(
    ("end", "died"),
    [(os.abort, "aborted (SIGABRT)"), (partial(ctypes.string_at, 0), "crashed (SIGSEGV)")],
)
def test_native_code_without_memory_is_nobodys_fault(end, died):
    """Native code that ends at the memory limit is undecided, and the option is named."""
    outcome = apart(after_one(lambda: (fill(), end())), max_memory_mib=64)
    assert (outcome.values, outcome.fault, outcome.error) == ((1,), None, None)
    told = f"the process {died} when it had taken "
    assert outcome.limit.startswith(told)
    assert ": a check may use 64 MiB, allow more (max_memory_mib); it was at" in outcome.limit


@pytest.mark.parametrize(
    ("said", "limited"),
    [
        ("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  x", True),
        ("memory allocation of 8589934592 bytes failed", True),
        ("std::bad_alloc" + "\nnext" * 9 + "\nmodel.c:3: Assertion `ok' failed.", False),
        ("terminate called after throwing an instance of 'std::out_of_range'", False),
    ],
)
def test_the_last_words_of_an_abort(said, limited):
    """One allocation that is too large leaves memory free: what is said last tells of it."""
    outcome = apart(after_one(lambda: (os.write(2, said.encode()), os.abort())))
    assert (outcome.fault is None, outcome.limit is not None) == (limited, limited)


def test_a_kill_is_told_with_its_likely_cause():
    """A process that the kernel killed is nobody's fault: the machine ran out of memory."""
    outcome = apart(after_one(lambda: os.kill(os.getpid(), signal.SIGKILL)))
    told = (
        "the process was killed (SIGKILL), most often because the machine ran out of memory: let a "
        "check use less of it (max_memory_mib)"
    )
    assert (outcome.values, outcome.fault, outcome.limit) == ((1,), None, told)


def spin(X=None):
    """Hang in Python."""
    while True:
        pass


def wait_for_lock(X=None):
    """Hang in a lock."""
    lock = threading.Lock()
    with lock, lock:
        pass


def sleep_in_c(X=None):
    """Hang in native code that keeps the GIL."""
    ctypes.PyDLL(None).sleep(60)


@pytest.mark.parametrize("hang", [wait_for_lock, sleep_in_c])
@pytest.mark.parametrize("model", [True, False], ids=["model", "any"])
def test_a_hang_is_ended_and_told_with_its_place(hang, model):
    """A check that waits for ever ends, is violated, and the fault says where it hung."""
    call = guarded(hang, "predict") if model else hang

    def work():
        yield os.getpid()
        call(None)

    outcome = apart(work, timeout_s=1)
    with pytest.raises(ChildProcessError):  # it was waited for: there is no zombie
        os.waitpid(outcome.values[0], os.WNOHANG)
    assert outcome.fault.startswith("it hangs: one call has used no processor time for ")
    assert "and a check may take 1 s (timeout_s); it was at test_isolation.py:" in outcome.fault
    assert outcome.fault.endswith(f", in {hang.__name__}")


def test_a_call_that_does_not_come_back_is_the_subjects(monkeypatch):
    """One call into a subject that takes longer than the whole check may is violated."""
    monkeypatch.setattr(isolation, "waited_s", lambda pid: 0.0)  # as on a machine that is idle
    outcome = apart(after_one(lambda: guarded(spin, "predict")(None)), timeout_s=0.5)
    assert re.fullmatch(
        r"it hangs: one call has taken 0\.[5-9]\d* s and does not come back, and a check may take "
        r"0\.5 s \(timeout_s\); it was at test_isolation.py:\d+, in spin",
        outcome.fault,
    )


@pytest.mark.parametrize(("hang", "violated"), [(spin, False), (wait_for_lock, True)])
def test_a_copy_of_the_check_is_told_with_its_place(hang, violated):
    """Where a copy of the process of a check makes the calls, its line is named."""
    outcome = apart(partial(map, Copies(forks=True).run, [hang]), timeout_s=1)
    assert bool(outcome.fault) == violated
    assert (outcome.fault or outcome.limit).endswith(f", in {hang.__name__}")


def test_waiting_of_our_own_is_nobodys_fault():
    """A check that waits by itself until its time is over has no subject to blame."""
    outcome = apart(partial(map, time.sleep, [60]), timeout_s=0.5)
    assert (outcome.fault, outcome.error) == (None, None)


def test_a_busy_machine_accuses_nobody(monkeypatch):
    """A call that had no core is not said to hang, however long it takes."""
    began = time.monotonic()
    monkeypatch.setattr(isolation, "waited_s", lambda pid: 0.9 * (time.monotonic() - began))
    outcome = apart(after_one(lambda: guarded(spin, "predict")(None)), timeout_s=0.3)
    assert outcome.fault is None
    assert re.match(
        r"the check did not finish within 0.3 s \(its threads waited 0\.\d+ s for a core: the "
        r"machine was busy\): allow more \(timeout_s\), or ask for less; it was at test_",
        outcome.limit,
    )


def short_calls(call):
    """Call for ever, each time for a moment."""
    while True:
        call(None)


@pytest.mark.parametrize("seconds", [0, 0.015], ids=["work", "wait"])
def test_a_check_that_asks_for_too_much_is_nobodys_fault(seconds):
    """A check that makes one call after the other is undecided when its time is over."""
    model = guarded(lambda X: time.sleep(seconds), "predict")
    outcome = apart(after_one(lambda: short_calls(model)), timeout_s=0.4)
    assert (outcome.values, outcome.fault, outcome.error) == ((1,), None, None)
    assert outcome.limit.startswith("the check did not finish within 0.4 s")


def test_an_endless_check_is_ended():
    """A check that never stops measuring ends with its time limit too, through nobody's fault."""
    outcome = apart(lambda: itertools.repeat(1), timeout_s=0.3)
    assert "did not finish within 0.3 s" in outcome.limit


def test_a_check_that_was_done_by_then_is_done(monkeypatch):
    """The last word counts, if it was sent before the session looked at the clock."""
    slow = isolation.Connection.recv

    def recv(self):
        time.sleep(0.3)  # a session that was stopped
        return slow(self)

    monkeypatch.setattr(isolation.Connection, "recv", recv)
    outcome = apart(lambda: [1, 2], timeout_s=0.2)
    assert outcome == Outcome((1, 2))


def test_a_generous_time_limit():
    """A time limit of years is as good as any."""
    assert apart(lambda: [1], timeout_s=1e9).values == (1,)


@pytest.mark.parametrize("allocate", [np.ones, np.empty], ids=["touched", "untouched"])
def test_memory_beyond_the_limit_is_nobodys_fault(allocate):
    """An allocation of the check beyond the limit fails, and is told with the limit."""
    outcome = apart(after_one(lambda: allocate(10 * GIB // 8)))
    assert outcome.values == (1,)
    assert (outcome.fault, outcome.error) == (None, None)
    told = "there was not enough memory: MemoryError: Unable to allocate 10.0 GiB"
    assert outcome.limit.startswith(told)
    assert outcome.limit.endswith("; a check may use 300 MiB: allow more (max_memory_mib)")


def test_memory_within_the_limit_is_given():
    """What the session holds already does not count against the limit."""
    held = np.ones(64 * 2**17)  # 64 MiB
    outcome = apart(lambda: [float(np.ones(32 * 2**17).sum() + held[0])], max_memory_mib=60)
    assert outcome.fault is None


def test_a_limit_too_small_to_start_is_told():
    """A memory limit that leaves no room even to start is named."""
    outcome = apart(lambda: [1], max_memory_mib=1)
    assert outcome.values == (1,) or "max_memory_mib" in outcome.limit


def test_a_subject_without_memory_is_nobodys_fault():
    """A fault whose cause was a lack of memory is none: it names the limit."""

    def work():
        try:
            np.ones(10 * GIB // 8)
        except MemoryError as error:
            raise Fault("predict raised MemoryError") from error
        yield 1

    outcome = apart(work)
    told = "predict raised MemoryError; a check may use 300 MiB: allow more (max_memory_mib)"
    assert (outcome.fault, outcome.error, outcome.limit) == (None, None, told)


def test_a_machine_without_memory_is_nobodys_fault(monkeypatch):
    """A model is not accused of what the machine lacks: it was declared that it may have more."""
    within = child._limit_memory
    monkeypatch.setattr(child, "_limit_memory", lambda _: within(100))

    def predict(X):
        return np.ones(200 * 2**17)  # 200 MiB

    outcome = apart(after_one(lambda: guarded(predict, "predict")(1)))
    assert (outcome.fault, outcome.error) == (None, None)
    assert outcome.limit.startswith("predict raised ")
    told = "; the machine had 100 MiB left of the 300 MiB that a check may use (max_memory_mib)"
    assert outcome.limit.endswith(told)


def test_values_that_do_not_pickle_are_an_error():
    """What cannot cross the process boundary breaks the check, and what came before is kept."""
    outcome = apart(after_one(lambda: lambda: None))
    assert outcome.values == (1,)
    assert outcome.error.startswith("the check itself broke: ")
    assert "pickle" in outcome.error


def test_a_death_in_the_middle_of_a_value():
    """A child that dies while it sends a value is told like any other death."""

    def work():
        yield 1
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGKILL)).start()
        while True:  # sending is nearly all that it does, so that is when it dies
            yield bytes(20_000_000)

    outcome = apart(work)
    assert outcome.values[0] == 1
    assert "SIGKILL" in outcome.limit


def test_a_check_whose_warden_is_killed():
    """What ends with the process that watches over it is no fault of the subject."""
    outcome = apart(after_one(lambda: (os.kill(os.getppid(), signal.SIGKILL), time.sleep(5))))
    assert outcome.values == (1,)
    assert (outcome.fault, outcome.error) == (None, None)
    assert outcome.limit.startswith("somebody ended the process that watches over the check")


def test_output_is_kept():
    """What the work prints by Python, by C and to standard error is the output."""

    def work():
        print("printed")
        print("complained", file=sys.stderr, flush=True)
        os.write(1, b"written \xff\n")
        yield 1

    output = apart(work).output
    assert {"printed", "complained", "written \N{REPLACEMENT CHARACTER}"} == set(
        output.splitlines()
    )


def test_megabytes_of_output_are_shortened():
    """A flood of output keeps its beginning and its end, and says how much is left out."""

    def work():
        print("first" + "x" * 5_000_000 + "last")
        yield 1

    outcome = apart(work)
    assert outcome.values == (1,)
    assert len(outcome.output) < 5000
    assert outcome.output.startswith("firstx")
    assert outcome.output.endswith("xlast\n")
    assert "\n... 4996010 bytes left out ...\n" in outcome.output


def test_standard_input_is_empty():
    """A check that asks for input gets the end of the file instead of waiting for somebody."""
    assert "EOFError" in apart(lambda: [input()]).error


def test_objects_of_the_session_are_not_changed():
    """The work sees the session's objects, and what it does to them stays in the child."""
    frame = np.zeros(3)
    rows = [1]

    def work():
        frame[:] = 7
        rows.append(2)
        os.environ["MLREQS_TEST"] = "set"
        yield float(frame.sum()) + len(rows)

    assert apart(work).values == (23.0,)
    assert (frame.sum(), rows, "MLREQS_TEST" in os.environ) == (0, [1], False)


def _state():
    return {
        "signals": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "mask": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        "faulthandler": faulthandler.is_enabled(),
        "limit": resource.getrlimit(resource.RLIMIT_DATA),
        "group": os.getpgid(0),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "threads": threading.enumerate(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "folder": os.getcwd(),
    }


@pytest.mark.parametrize("do", [list, spin, os.abort, lambda: os.chdir("/")])
def test_the_session_is_left_as_it_was(do):
    """Signals, faulthandler, limits, streams and descriptors of the session stay untouched."""
    gc.collect()
    before = _state()
    apart(after_one(do), timeout_s=0.3)
    assert _state() == before


def test_nothing_printed_before_is_printed_again(capfd):
    """Output that the session has not written yet is not written by the child as well."""
    print("once", end="")
    apart(lambda: [1])
    sys.stdout.flush()
    assert capfd.readouterr().out == "once"


def test_an_openmp_model_that_was_used_before():
    """A model whose OpenMP threads stayed in the session predicts in the child all the same."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    X = np.random.default_rng(0).normal(size=(3000, 5))
    model = HistGradientBoostingClassifier(max_iter=3).fit(X, X[:, 0] > 0)
    expected = float(model.predict_proba(X)[:, 1].sum())
    outcome = apart(lambda: [float(model.predict_proba(X)[:, 1].sum())], max_memory_mib=1000)
    assert outcome.fault is None
    assert outcome.values == (pytest.approx(expected),)


def test_a_call_that_waits_for_a_thread_of_the_session():
    """A pool that was at work in the session has no workers in the check: no fault of its owner."""
    with ThreadPoolExecutor(1, thread_name_prefix="scoring") as pool:
        pool.submit(len, "a").result()
        ask = guarded(lambda X: pool.submit(len, X).result(), "predict")
        outcome = apart(lambda: iter([ask("ab")]), timeout_s=1)
    assert outcome.fault is None
    assert "it may wait for the thread 'scoring_0'" in outcome.limit
