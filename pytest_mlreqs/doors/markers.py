"""markers: requirements on ordinary tests, by `@pytest.mark.mlreqs` or the `mlreqs` fixture."""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from pytest_mlreqs.core.provided import BODY
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.core.verdict import Verdict
from pytest_mlreqs.declare.declaration import Declaration, declare
from pytest_mlreqs.declare.options import suggestion
from pytest_mlreqs.doors import bodies
from pytest_mlreqs.doors.collection import RequirementsFile
from pytest_mlreqs.doors.enforcement import (
    Conclusion,
    Run,
    conclude,
    run_key,
    stop,
)

declarations_key = pytest.StashKey[tuple[Declaration, ...]]()


class RequirementError(ValueError):
    """A marker or a call of the fixture asks for something that cannot be; the text says what."""


def prepare(collected: list[Any]) -> list[str]:
    """Read the markers of freshly collected tests; returns what is wrong with them.

    The subjects that a marker needs join the fixtures of its test, so that they are built during
    set-up, where a missing or broken one is an error and not a failure.
    """
    problems: list[str] = []
    for item in collected:
        if not isinstance(item, pytest.Function) or isinstance(item.parent, RequirementsFile):
            continue
        if declarations_key in item.stash:
            continue
        found: dict[str, Declaration] = {}
        for mark in item.iter_markers("mlreqs"):
            try:
                for declaration in _marked(item, mark):
                    found.setdefault(declaration.name, declaration)
            except RequirementError as error:
                path, line, _ = item.location
                problems.append(f"{path}:{(line or 0) + 1}: @pytest.mark.mlreqs: {error}")
        if found:
            item.stash[declarations_key] = tuple(found.values())
            for declaration in found.values():
                # A list of its own: the items of a parametrized function share theirs.
                names = (*item.fixturenames, *declaration.fixtures.values())
                item.fixturenames = list(dict.fromkeys(names))
    return problems


def _marked(item: pytest.Function, mark: pytest.Mark) -> Iterator[Declaration]:
    run = item.config.stash[run_key]
    options = dict(mark.kwargs)
    args = mark.args or tuple(options.pop(key) for key in ("kind",) if key in options)
    if not args:
        if options:
            raise RequirementError("options need a kind: @pytest.mark.mlreqs('latency', ...)")
        if run.config is None or not run.config.declarations:
            raise RequirementError("nothing is declared in [tool.mlreqs]; name a kind")
        yield from run.config.collected
        return
    if len(args) > 1 or not isinstance(args[0], str):
        raise RequirementError("takes one kind, and options by name")
    for declaration in declared(run, args[0], options, scope=item.nodeid):
        if declaration.judges_a_body and inspect.iscoroutinefunction(item.obj):
            raise RequirementError(bodies.ASYNC.format(args[0]))
        yield from declaration.tests


def declared(run: Run, name: str, options: Mapping[str, Any], *, scope: str) -> list[Declaration]:
    """The requirements meant by `name` and `options`.

    Args:
        run: the session.
        name: a kind, or a declared requirement such as `latency[single_row]`.
        options: override those of the declared requirement; make a new one where none is declared,
            or, with `of`, none that examines the same.
        scope: the test that asks.

    Raises:
        RequirementError: there is no such kind or option, or it is not clear which one is meant.
    """
    known = run.config.declarations if run.config is not None else ()
    options = dict(options)
    kind = _kind(run, name)
    wanted = f"{kind}[{options['id']}]" if "id" in options else name
    matches = [d for d in known if d.name == wanted or d.requirement.kind() == wanted]
    if "[" in wanted and not matches and wanted == name:
        names = [declaration.name for declaration in known]
        raise RequirementError(f"{wanted!r} is not declared{suggestion(wanted, names)}")
    overrides = {key: value for key, value in options.items() if key != "id"}
    if "of" in options and wanted == kind:  # what is declared of a model says nothing of a body
        matches = [d for d in matches if getattr(d.requirement, "of", None) == options["of"]]
    if matches and not overrides:
        return matches
    if len(matches) > 1:
        several = ", ".join(match.name for match in matches)
        raise RequirementError(f"there are several {kind!r}: {several}; name the one to change")
    base = dict(matches[0].table) if matches else {}
    terms = run.config.terms if run.config is not None else Terms()
    declaration, problems = declare(
        run.catalogue.load(kind), {**base, **options}, (kind,), terms, where=scope
    )
    if declaration is None:
        raise RequirementError(f"{kind!r} " + "; ".join(problem.text for problem in problems))
    return [replace(declaration, scope=scope)]


def _kind(run: Run, name: str) -> str:
    """The kind of a requirement that is asked for by name; refused if there is none."""
    kind, names = name.partition("[")[0], run.catalogue.names()
    if kind not in names:
        raise RequirementError(f"there is no kind {kind!r}{suggestion(kind, names)}")
    return kind


def enforce_marked(item: pytest.Item, method: Callable[..., Any] | None = None) -> None:
    """Judge the requirements of a test whose body has passed; one failure tells all of them.

    Args:
        item: the test.
        method: its body, where that is not the test's function any more.
    """
    assert isinstance(item, pytest.Function)  # see `prepare`
    conclusions: list[Conclusion] = []
    for declaration in item.stash.get(declarations_key, ()):
        funcargs: Mapping[str, object] = getattr(item, "funcargs", {})
        subjects = {name: funcargs[use] for name, use in declaration.fixtures.items()}
        if declaration.judges_a_body:
            subjects[BODY] = bodies.again(method or item.obj, funcargs)
        conclusions.append(conclude(item, declaration, subjects))
    stop(item, conclusions)


def enforced_within(item: pytest.Item) -> bool:
    """Have a method of a unittest.TestCase judged at its own end; whether it is one."""
    assert isinstance(item, pytest.Function)  # see `prepare`
    return bodies.goes_on(item, functools.partial(enforce_marked, item))


class Mlreqs:
    """The `mlreqs` fixture: requirements on whatever a test has at hand."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._judged: Counter[str] = Counter()

    def check(self, requirement: str, /, **given: Any) -> Verdict:
        """Judge a requirement and return the verdict; the test goes on whatever it is.

        Args:
            requirement: a kind (`latency`), or a declared requirement (`latency[single_row]`).
            given: subjects by name (`model=candidate`), and options (`max_p95_ms=5`), which
                override those in [tool.mlreqs]. Subjects not given come from fixtures.

        Returns:
            The verdict, which is true only when satisfied.

        Raises:
            RequirementError: no such kind, option or subject, or options that cannot be.
        """
        return self._concluded(requirement, given).verdict

    def enforce(self, requirement: str, /, **given: Any) -> Verdict:
        """Judge a requirement as `check` does, and fail the test unless it is met.

        An undecided verdict warns, or fails where `undecided = "fail"` is set.
        """
        conclusion = self._concluded(requirement, given)
        stop(self._request.node, [conclusion])
        return conclusion.verdict

    def _concluded(self, requirement: str, given: Mapping[str, Any]) -> Conclusion:
        item: pytest.Item = self._request.node
        run = item.config.stash[run_key]
        kind = _kind(run, requirement)
        names = (*run.catalogue.load(kind).subjects(), BODY)
        options = {key: value for key, value in given.items() if key not in names}
        self._judged[kind] += 1  # each call is a requirement of its own, and has its verdict
        again = f" ({self._judged[kind]})" if self._judged[kind] > 1 else ""
        scope = item.nodeid + again
        found = declared(run, requirement, options, scope=scope)
        if len(found) > 1:
            several = ", ".join(declaration.name for declaration in found)
            raise RequirementError(f"there are several {kind!r}: {several}; name one of them")
        (declaration,) = found
        if declaration.judges_a_body and BODY not in given:
            raise RequirementError(f"{kind!r} judges a body here: give it one, body=lambda: ...")
        needed = declaration.requirement.needs()
        idle = [name for name in names if name in given and name not in needed]
        if idle:
            raise RequirementError(f"{kind!r} examines no {idle[0]!r} with these options")
        subjects = {
            name: given[name] if name in given else self._request.getfixturevalue(fixture)
            for name, fixture in declaration.fixtures.items()
        }
        if declaration.judges_a_body:
            subjects[BODY] = given[BODY]
        other = any(name in given for name in names) or declaration.requirement.parts()
        if other and not declaration.scope:  # other subjects or all parts at once: another verdict
            declaration = replace(declaration, scope=scope)
        return conclude(item, declaration, subjects)
