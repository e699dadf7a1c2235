"""fresh: what a model does in a new process, such as to load and to answer a first call.

In a process that has been at work for a while, modules are imported, caches filled and threads
started, so neither can be seen there.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_mlreqs.core import temporary
from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided, described
from pytest_mlreqs.core.tracers import excuse, resting
from pytest_mlreqs.measures.machine.machine import Machine, timed

LOAD, FIRST_CALL = "load", "first_call"
_CODE = "from pytest_mlreqs.measures.timing.fresh import answer; answer()"


@dataclass(frozen=True, slots=True)
class Start:
    """What one new process took: milliseconds of its own, and how much of it it had no core.

    That is None where nobody counts, as on macOS and Windows: there all time is its own. `taken` is
    the share of the time of all cores that went to other processes; `excuse` says what else made it
    slower than it is.
    """

    load: float
    first_call: float
    waited: float | None
    taken: float = 0.0
    excuse: str = ""


def processes(model: Any, method: str, given: Any, *, timeout_s: float) -> Iterator[Start]:
    """Start one new process after the other, which loads the model and calls it once.

    Args:
        model: is written to a file once, as `pickle` does.
        method: what is called.
        given: the rows of the first call; their loading counts for nothing.
        timeout_s: seconds that one process may take.

    Raises:
        Undecided: the model cannot be written, or not be loaded anywhere else, or takes longer
            than `timeout_s`; says why.
        Fault: its first call raises.
    """
    for told in answers(_CODE, {"model": model, "rows": given}, method, timeout_s=timeout_s):
        yield _read(told)


def answers(
    code: str, values: Mapping[str, Any], *words: str, timeout_s: float
) -> Iterator[Mapping[str, Any]]:
    """Start one new process after the other, and yield what each wrote into the file `answer`.

    Args:
        code: what it runs; its arguments are a folder, where each of `values` is pickled under its
            name and the answer goes, and then `words`.
        values: are pickled once.
        words: further arguments.
        timeout_s: seconds that one process may take.

    Raises:
        Undecided: a value cannot be pickled, or a process takes longer than `timeout_s`; says why.
        Fault: a process ends without an answer.
    """
    # On Windows a file stays while a process that was ended, or one of its own, has it open.
    with tempfile.TemporaryDirectory(dir=temporary.folder(), ignore_cleanup_errors=True) as folder:
        for name, value in values.items():
            try:
                with Path(folder, name).open("wb") as file:
                    pickle.dump(value, file, protocol=5)
            except Exception as error:  # whatever an object's own pickling raises
                told = described(error)
                raise Undecided(f"the {name} cannot be pickled: {told}") from error
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        while True:
            try:
                done = subprocess.run(  # noqa: S603  (this Python, and code of ours)
                    [sys.executable, "-c", code, folder, *words],
                    env={**os.environ, "PYTHONPATH": path},
                    capture_output=True, text=True, check=False, timeout=timeout_s,
                )  # fmt: skip
            except subprocess.TimeoutExpired:  # on a busy machine that is nobody's fault
                what = f"a fresh process did not finish within {timeout_s:g} s"
                raise Undecided(f"{what}: it hangs, or the machine is busy") from None
            answer = Path(folder, "answer")
            if not answer.exists():
                last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
                raise Fault(f"a fresh process ended before it had an answer: {last}")
            yield json.loads(answer.read_text(encoding="utf-8"))
            answer.unlink()


def _read(answer: Mapping[str, Any]) -> Start:
    if "unloadable" in answer:
        raise Undecided(f"the model cannot be loaded in a fresh process: {answer['unloadable']}")
    if "declared" in answer:
        raise DeclarationError(f"in a fresh process, {answer['declared']}")
    if "fault" in answer:
        raise Fault(f"in a fresh process, {answer['fault']}")
    return Start(**answer)


def answer() -> None:
    """In the new process: load, call, and write down how long it took."""
    from pytest_mlreqs.models.scoring import method

    folder, name = sys.argv[1:]
    told: dict[str, Any] = {}
    with Clock() as clock, resting() as awake:
        machine = Machine(clock)
        try:
            with Path(folder, "model").open("rb") as file:
                model, *loading = timed(pickle.load, file, clock)
            with Path(folder, "rows").open("rb") as file:
                given = pickle.load(file)
        except Exception as error:  # modules that only the test session can import, most of all
            told = {"unloadable": described(error)}
        else:
            try:
                predict = method(model, name)
                _, *calling = timed(predict.call, given, clock)
                machine.note(*loading)
                machine.note(*calling)
                machine.look(pooled=False)  # libraries start threads, which is part of it
                machine.look_around()
                told = {
                    LOAD: loading[0] / 1e6,
                    FIRST_CALL: calling[0] / 1e6,
                    "waited": machine.waited if clock.counts_waiting else None,
                    "taken": machine.taken,
                    "excuse": excuse(awake),
                }
            except DeclarationError as error:
                told = {"declared": str(error)}
            except Fault as error:
                told = {"fault": str(error)}
            except Exception as error:
                told = {"fault": f"{name} raised {described(error)}"}
    Path(folder, "answer").write_text(json.dumps(told), encoding="utf-8")
