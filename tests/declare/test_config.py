"""What [tool.mlreqs] declares is read as a whole, and all that is wrong is told by line."""

from __future__ import annotations

import datetime
import re
import textwrap
from typing import Annotated

import msgspec
import pytest

from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.config import Accepted, read
from pytest_mlreqs.declare.pyproject import ConfigError
from pytest_mlreqs.declare.sources import File, Subject, search
from pytest_mlreqs.load.loading import ENDINGS


class Quickness(Requirement, frozen=True, kw_only=True):
    """Predictions come in time."""

    max_p95_ms: Annotated[float, msgspec.Meta(gt=0, description="the limit")]
    calls: int = 10

    def check(self, model, X):
        """Measure nothing."""


class Roundness(Requirement, frozen=True, kw_only=True):
    """The model is small."""

    def check(self, model):
        """Measure nothing."""


class Patience(Requirement, frozen=True, kw_only=True):
    """It waits."""

    wait_s: float = 1.0

    def seconds(self):
        """As long as it was told."""
        return self.wait_s

    def check(self, model):
        """Measure nothing."""


class Overlap(Requirement, frozen=True, kw_only=True):
    """No row is in both."""

    most: int | None = None

    def needs(self):
        """The other rows only where they are limited."""
        return ("rows",) if self.most is None else ("rows", "others")

    def check(self, rows, others=None):
        """Measure nothing."""


CATALOGUE = Catalogue([Patience, Quickness, Roundness, Overlap])


@pytest.fixture
def config(tmp_path):
    """Reads a text as pyproject.toml."""

    def config_of(text):
        path = tmp_path / "pyproject.toml"
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return read(path, CATALOGUE)

    return config_of


@pytest.fixture
def problems(config):
    """Reads a text that is wrong and returns the lines that say so."""

    def problems_of(text):
        with pytest.raises(ConfigError) as told:
            config(text)
        return told.value.problems

    return problems_of


# --- requirements --------------------------------------------------------------------------------


def test_an_empty_table_declares_nothing(config, tmp_path):
    """A table without content is right and declares nothing."""
    empty = config("[tool.mlreqs]")
    assert (empty.declarations, empty.subjects, empty.accepted) == ((), (), {})
    assert (empty.tests, empty.terms, empty.root) == (None, Terms(), tmp_path)


def test_a_requirement_with_its_options_and_its_place(config):
    """A table becomes a requirement that knows where it stands."""
    (quickness,) = config("""
        [tool.mlreqs]

        [tool.mlreqs.quickness]
        max_p95_ms = 20
    """).declarations
    assert quickness.requirement == Quickness(max_p95_ms=20)
    assert (quickness.name, quickness.where, quickness.line) == ("quickness", "pyproject.toml:3", 3)
    assert quickness.fixtures == {"model": "model", "X": "X"}
    assert quickness.table == {"max_p95_ms": 20}


def test_several_of_one_kind(config):
    """Tables of an array are told apart by their ids, each with its own line."""
    first, second = config("""
        [[tool.mlreqs.quickness]]
        id = "single_row"
        max_p95_ms = 20
        [[tool.mlreqs.quickness]]
        id = "batch.1-k"
        max_p95_ms = 200
        uses = { model = "ranker", X = "many" }
    """).declarations
    assert (first.name, first.line) == ("quickness[single_row]", 1)
    assert (second.name, second.line) == ("quickness[batch.1-k]", 4)
    assert second.fixtures == {"model": "ranker", "X": "many"}


def test_a_check_that_may_take_long(config):
    """It has as long as its options ask for, unless another time is given."""
    table = "[tool.mlreqs.patience]\nwait_s = {}\n"
    for text, limit in (
        (table.format(7), 60),
        (table.format(70), 105),
        (table.format(70) + "timeout_s = 5", 5),
    ):
        (declared,) = config(text).declarations
        assert declared.terms.limit_s(declared.requirement.seconds()) == limit


def test_subjects_that_an_option_needs(config, problems):
    """A subject that only some options need is a fixture with these alone, by whatever name."""
    (overlap,) = config("[tool.mlreqs.overlap]").declarations
    assert overlap.fixtures == {"rows": "rows"}
    uses = "uses = { others = 'old' }"
    (overlap,) = config(f"[tool.mlreqs.overlap]\nmost = 3\n{uses}").declarations
    assert overlap.fixtures == {"rows": "rows", "others": "old"}
    (line,) = problems(f"[tool.mlreqs.overlap]\n{uses}")
    assert line.endswith("] examines no 'others' with these options")


def test_one_table_in_an_array_needs_no_id(config):
    """An array of one table declares the kind under its plain name."""
    (quickness,) = config("[[tool.mlreqs.quickness]]\nmax_p95_ms = 20").declarations
    assert quickness.name == "quickness"


def test_terms_for_all_and_for_one(config):
    """Terms hold for all requirements, and a table overrides some of them for itself."""
    found = config("""
        [tool.mlreqs]
        timeout_s = 5
        undecided = "fail"
        [tool.mlreqs.quickness]
        max_p95_ms = 20
        timeout_s = 7
        isolation = "none"
        [tool.mlreqs.roundness]
    """)
    quickness, size = found.declarations
    assert quickness.terms == Terms(timeout_s=7, undecided="fail", isolation="none")
    assert size.terms == found.terms == Terms(timeout_s=5, undecided="fail")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("timeout_s = 0", "option 'timeout_s' must be a number above 0, got 0"),
        ("undecided = 'skip'", "option 'undecided' must be 'fail' or 'warn', got 'skip'"),
        ("isolation = 'thread'", "option 'isolation' must be 'none' or 'process', got 'thread'"),
        ("max_memory_mib = 1.5", "option 'max_memory_mib' must be a whole number above 0, got 1.5"),
    ],
)
def test_wrong_terms(problems, line, told):
    """A wrong term is told once, whether it holds for all or for one requirement."""
    assert problems(f"[tool.mlreqs]\n{line}") == [f"pyproject.toml:2: [tool.mlreqs] {told}"]
    assert problems(f"[tool.mlreqs.roundness]\n{line}") == [
        f"pyproject.toml:2: [tool.mlreqs.roundness] {told}"
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [('""', "''"), ('"a b"', "'a b'"), ('"a]"', "'a]'"), ("5", "5")]
)
def test_wrong_ids(problems, value, shown):
    """An id that could not stand in a test's name is refused."""
    assert problems(f"[tool.mlreqs.roundness]\nid = {value}") == [
        (
            "pyproject.toml:2: [tool.mlreqs.roundness] 'id' must be a word of letters, digits, "
            f"'_', '-' and '.', got {shown}"
        )
    ]


def test_tables_within_a_table_of_a_kind(problems):
    """Who writes several of a kind as tables within its table is told how they are written."""
    text = "has no option {!r}; if there are several of a kind, write [[...]] with an 'id' for each"
    assert problems("[tool.mlreqs.roundness.a]\nd = 1\n[tool.mlreqs.roundness.b]\nd = 1") == [
        f"pyproject.toml:1: [tool.mlreqs.roundness.a] {text.format('a')}",
        f"pyproject.toml:3: [tool.mlreqs.roundness.b] {text.format('b')}",
    ]


def test_several_need_different_ids(problems):
    """Several tables of one kind each need an id, and not the same."""
    assert problems("""
        [[tool.mlreqs.roundness]]
        id = "a"
        [[tool.mlreqs.roundness]]
        [[tool.mlreqs.roundness]]
        id = "a"
    """) == [
        (
            "pyproject.toml:3: [[tool.mlreqs.roundness]] needs an 'id', as there are several of "
            "this kind"
        ),
        "pyproject.toml:5: [tool.mlreqs.roundness] repeats the id 'a'",
    ]


@pytest.mark.parametrize(
    ("uses", "told"),
    [
        ("{ modle = 'ranker' }", "examines no subject 'modle'; did you mean 'model'?"),
        ("{ model = 5 }", "'uses': 'model' must name a fixture, got 5"),
        ("{ model = 'a-b' }", "'uses': 'model' must name a fixture, got 'a-b'"),
        ("'ranker'", "'uses' must be a table of subjects and fixtures, got 'ranker'"),
    ],
)
def test_wrong_uses(problems, uses, told):
    """A subject that is not examined cannot be renamed, and only to a fixture."""
    (line,) = problems(f"[tool.mlreqs.roundness]\nuses = {uses}")
    assert line.startswith("pyproject.toml:2: [tool.mlreqs.roundness")
    assert line.endswith(f"] {told}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("quicknes = {}", "is no requirement; did you mean 'quickness'?"),
        ("round = {}", "is no requirement; did you mean 'roundness'?"),
        ("timeout = 5", "has no requirement or setting 'timeout'; did you mean 'timeout_s'?"),
        ("subject = {}", "is no requirement; did you mean 'subjects'?"),
        (
            "zzgrmbl = 1",
            (
                "has no requirement or setting 'zzgrmbl' "
                f"(known: {', '.join(CATALOGUE.names())}, subjects, accept, tests, "
                "timeout_s, max_memory_mib, isolation, undecided, history, series)"
            ),
        ),
    ],
)
def test_unknown_kinds_and_settings(problems, line, told):
    """A name that is neither kind nor setting is told with the nearest that is."""
    (problem,) = problems(f"[tool.mlreqs]\n{line}")
    assert problem.startswith("pyproject.toml:2: [tool.mlreqs")
    assert problem.endswith(f"] {told}")


@pytest.mark.parametrize(
    ("text", "line", "name", "value"),
    [
        ("[tool]\nmlreqs = 5", 2, "mlreqs", "5"),
        ("[tool.mlreqs]\nquickness = 5", 2, "quickness", "5"),
        ("[tool.mlreqs]\nquickness = [5]", 2, "quickness", "5"),
        ("[tool.mlreqs]\nsubjects = 'x'", 2, "subjects", "'x'"),
        ("[tool.mlreqs]\naccept = true", 2, "accept", "true"),
        ("[tool.mlreqs.roundness]\n[tool.mlreqs.accept]\nroundness = 1", 3, "roundness", "1"),
    ],
)
def test_what_is_no_table_is_named(problems, text, line, name, value):
    """Something that stands in place of a table is told by its name, its line and its value."""
    (problem,) = problems(text)
    assert problem.startswith(f"pyproject.toml:{line}: [")
    assert name in problem
    assert problem.endswith(f"must be a table, got {value}")


def test_an_empty_list_requires_nothing(problems):
    """A kind with an empty list is a mistake that is told by the name of the kind."""
    (problem,) = problems("[tool.mlreqs]\nquickness = []")
    assert re.match(r"pyproject\.toml:2: \[.*quickness.* is an empty list", problem)


def test_ten_mistakes_give_ten_lines(problems):
    """Everything wrong is told at once, each with its line and table, in the order of the file."""
    told = problems("""
        [tool.mlreqs]
        timeout_s = -1
        tests = "nowhere"

        [tool.mlreqs.quickness]
        max_p95_ms = "20"
        cals = 5
        undecided = "no"
        id = ""
        uses = { modle = "x" }

        [tool.mlreqs.subjects]
        model = 5
        x-y = "a:b"

        [tool.mlreqs.accept]
        drift = { reason = "later", until = 2027-01-31 }
    """)
    assert len(told) == 10
    matches = [
        re.fullmatch(r"pyproject\.toml:(\d+): (\[tool\.mlreqs[\w.]*\]) .+", line) for line in told
    ]
    assert all(matches)
    assert [int(match[1]) for match in matches] == [2, 3, 6, 7, 8, 9, 10, 13, 14, 17]
    sections = [match[2] for match in matches]
    assert sections[:2] == ["[tool.mlreqs]"] * 2
    assert sections[2:6] == ["[tool.mlreqs.quickness]"] * 4
    assert sections[7:] == ["[tool.mlreqs.subjects]"] * 2 + ["[tool.mlreqs.accept.drift]"]
    assert told[3].endswith("has no option 'cals'; did you mean 'calls'?")


def test_a_missing_option_is_told_at_its_table(problems):
    """An option that is required and absent is told at the header, with what it means."""
    assert problems("\n[tool.mlreqs]\n[tool.mlreqs.quickness]") == [
        "pyproject.toml:2: [tool.mlreqs.quickness] needs the option 'max_p95_ms': the limit"
    ]


# --- subjects ------------------------------------------------------------------------------------


def test_subjects_by_import_path_and_by_file(config, tmp_path):
    """A subject is an import path that leads somewhere, or a file that is there."""
    ending = min(ENDINGS)
    (tmp_path / f"model{ending}").touch()
    (tmp_path / "zsubjects.py").write_text("def load(): ...\n")
    found = config(f"""
        [tool.mlreqs.subjects]
        model = "model{ending}"
        X = "zsubjects:load"
        y = {{ path = "model{ending}", trust = ["a.B"], sha256 = "{"a" * 64}" }}
    """)
    assert found.subjects == (
        Subject("model", File(path=f"model{ending}")),
        Subject("X", "zsubjects:load"),
        Subject("y", File(path=f"model{ending}", trust=("a.B",), sha256="a" * 64)),
    )


def test_endings_are_known_in_capitals_too(config, tmp_path):
    """A file is known by its ending, however that is written."""
    name = "MODEL" + min(ENDINGS).upper()
    (tmp_path / name).touch()
    (subject,) = config(f"[tool.mlreqs.subjects]\nmodel = '{name}'").subjects
    assert subject.source == File(path=name)


def test_the_src_folder_is_searched(config, tmp_path):
    """Import paths lead into the project's folder and into its `src`, where there is one."""
    assert search(tmp_path) == [str(tmp_path)]
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "zlayout.py").write_text("x = 1\n")
    found = config("[tool.mlreqs.subjects]\nmodel = 'zlayout:x'")
    assert found.subjects == (Subject("model", "zlayout:x"),)
    assert found.search == search(tmp_path) == [str(tmp_path), str(tmp_path / "src")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("x-y = 'a:b'", "'x-y' cannot be the name of a fixture"),
        ("request = 'a:b'", "'request' cannot be the name of a fixture"),
        ("model = 5", "'model' must be an import path or a file, got 5"),
        ("model = ['a:b']", "'model' must be an import path or a file, got ['a:b']"),
    ],
)
def test_wrong_subjects(problems, line, told):
    """A subject that could be no fixture, or comes from nowhere, is told."""
    expected = [f"pyproject.toml:2: [tool.mlreqs.subjects] {told}"]
    assert problems(f"[tool.mlreqs.subjects]\n{line}") == expected


@pytest.mark.parametrize("value", ["ftp://host/model", "model", ""])
def test_neither_import_path_nor_file(problems, value):
    """A bare word or the wrong protocol is refused with what may stand there."""
    assert problems(f"[tool.mlreqs.subjects]\nmodel = '{value}'") == [
        (
            f"pyproject.toml:2: [tool.mlreqs.subjects] model = {value!r} is neither an import path "
            "'package.module:name', nor http(s)://, "
            f"nor a file ending in {', '.join(sorted(ENDINGS))}"
        )
    ]


@pytest.mark.parametrize(
    "url", ["https://host/model", "http://127.0.0.1:80/x:y", "http://h/m.onnx", "http://[::1]:8/p"]
)
def test_an_endpoint_is_a_subject(config, url):
    """An address is taken as it is; no file and no module is looked for."""
    (subject,) = config(f"[tool.mlreqs.subjects]\nmodel = '{url}'").subjects
    assert (subject.name, subject.source) == ("model", url)


@pytest.mark.parametrize("url", ["http://", "https:///predict", "http://h:99999/", "http://[::1"])
def test_an_address_without_a_host(problems, url):
    """What no request could be sent to is told at the start."""
    assert problems(f"[tool.mlreqs.subjects]\nmodel = '{url}'") == [
        f"pyproject.toml:2: [tool.mlreqs.subjects] model = '{url}': '{url}' names no host"
    ]


def test_an_import_path_that_leads_nowhere(problems):
    """A misspelt module is told with the subject and the path."""
    (line,) = problems("[tool.mlreqs.subjects]\nmodel = 'zzgrmbl.model:load'")
    head = "pyproject.toml:2: [tool.mlreqs.subjects] model = 'zzgrmbl.model:load': "
    assert line.startswith(head)
    assert "zzgrmbl" in line.removeprefix(head)


def test_a_missing_file_with_the_nearest_name(problems, tmp_path):
    """A file that is not there is told with the one that was likely meant, if any is near."""
    ending = min(ENDINGS)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"model_v2{ending}").touch()
    first, second = problems(f"""
        [tool.mlreqs.subjects]
        model = "data/modle_v2{ending}"
        other = "nowhere/model{ending}"
    """)
    head = "[tool.mlreqs.subjects]"
    assert first == (
        f"pyproject.toml:2: {head} model: there is no file 'data/modle_v2{ending}'"
        f"; did you mean 'model_v2{ending}'?"
    )
    assert second == f"pyproject.toml:3: {head} other: there is no file 'nowhere/model{ending}'"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("{}", "needs the option 'path': the file, relative to the folder of this one"),
        ("{ path = '' }", "option 'path' must be a string that is not empty, got ''"),
        (
            "{ path = 'a.exe' }",
            f"model: 'a.exe' does not end in {', '.join(sorted(ENDINGS))}",
        ),
        ("{ path = 'a', pth = 'a' }", "has no option 'pth'; did you mean 'path'?"),
        ("{ path = 'a', sha256 = 'b' }", "must be a string like ^[0-9a-fA-F]{64}$, got 'b'"),
        ("{ path = 'a', trust = 'b' }", "must be a list of strings that are not empty, got 'b'"),
    ],
)
def test_wrong_tables_of_a_file(problems, table, told):
    """A subject as a table takes a file, what its loading may rely on, and nothing else."""
    (line,) = problems(f"[tool.mlreqs.subjects]\nmodel = {table}")
    assert line.startswith("pyproject.toml:2: [tool.mlreqs.subjects.model] ")
    assert line.endswith(told)


# --- accepted exceptions -------------------------------------------------------------------------


def test_accepted_exceptions(config):
    """An exception has a reason and a last day, for a requirement or one parameter of it."""
    found = config("""
        [tool.mlreqs.quickness]
        max_p95_ms = 20
        [tool.mlreqs.accept]
        quickness = { reason = "new machine", until = 2027-01-31 }
        "quickness[old]" = { reason = "retired", until = 2027-02-28 }
    """)
    assert found.accepted == {
        "quickness": Accepted(reason="new machine", until=datetime.date(2027, 1, 31)),
        "quickness[old]": Accepted(reason="retired", until=datetime.date(2027, 2, 28)),
    }


def test_exceptions_of_what_is_not_declared(problems):
    """An exception for an undeclared requirement is told with the declared one that is near."""
    assert problems("""
        [tool.mlreqs.roundness]
        [tool.mlreqs.accept]
        roundnes = { reason = "later", until = 2027-01-31 }
    """) == [
        (
            "pyproject.toml:3: [tool.mlreqs.accept.roundnes] accepts 'roundnes', which is not "
            "declared; did you mean 'roundness'?"
        )
    ]


def test_exceptions_of_what_is_nowhere_near(problems):
    """Without a near name requirements are listed in their order, and no settings among them."""
    told = problems("""
        [tool.mlreqs]
        timeout_s = -1
        subjects = { model = 1 }
        accept = { drift = { reason = "later", until = 2027-01-31 } }
        [tool.mlreqs.quickness]
        [tool.mlreqs.roundness]
    """)
    assert told[2].endswith("which is not declared (known: roundness, quickness)")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            "{ reason = 'x', until = 'soon' }",
            ["option 'until' must be a date such as 2027-01-31, got 'soon'"],
        ),
        (
            "{ reason = '', until = 2027-01-31 }",
            ["option 'reason' must be a string that is not empty, got ''"],
        ),
        (
            "{}",
            [
                "needs the option 'reason': why the violation is accepted",
                "needs the option 'until': the last day of the exception",
            ],
        ),
        (
            "{ reason = 'x', until = 2027-01-31, by = 'me' }",
            ["has no option 'by' (known: reason, until)"],
        ),
    ],
)
def test_wrong_exceptions(problems, table, told):
    """An exception without a reason or a date is none."""
    text = f"[tool.mlreqs.roundness]\n[tool.mlreqs.accept]\nroundness = {table}"
    head = "pyproject.toml:3: [tool.mlreqs.accept.roundness] "
    assert problems(text) == [head + line for line in told]


# --- the rest ------------------------------------------------------------------------------------


def test_the_folder_of_the_tests(config, tmp_path):
    """The folder whose fixtures the requirements use may be named, relative to the file."""
    (tmp_path / "checks").mkdir()
    assert config("[tool.mlreqs]\ntests = './checks/../checks'").tests == tmp_path / "checks"


@pytest.mark.parametrize(
    ("value", "told"), [("5", "must be a folder, got 5"), ("'no'", "there is no folder 'no'")]
)
def test_wrong_folders(problems, value, told):
    """A folder of tests that is not there is told."""
    (line,) = problems(f"[tool.mlreqs]\ntests = {value}")
    assert line.startswith("pyproject.toml:2: [tool.mlreqs] 'tests'")
    assert line.endswith(told)


def test_a_file_that_is_not_there(tmp_path):
    """A file that cannot be read is told under the name that the user gave it."""
    with pytest.raises(ConfigError, match=r"^ci/x\.toml: cannot be read: No such file"):
        read(tmp_path / "x.toml", CATALOGUE, shown_as="ci/x.toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1", "there is no [tool.mlreqs] in it"),
        ("x = ", "is not valid TOML"),
    ],
)
def test_a_file_without_the_table(tmp_path, text, told):
    """A file that was named and declares nothing, or is no TOML, is told under its given name."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read(path, CATALOGUE, shown_as="ci/pyproject.toml")
    assert error.value.problems[0].startswith(f"ci/pyproject.toml: {told}")


def test_a_second_table_whose_name_is_a_little_wrong(tmp_path):
    """Beside the right table a misspelt one is told, too, with its line."""
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.mlreqs]\n\n[tool.mlreq.roundness]\n")
    with pytest.raises(ConfigError, match=r"^x\.toml:3: \[tool\.mlreq\] has no effect"):
        read(path, CATALOGUE, shown_as="x.toml")


def test_places_are_told_as_the_user_names_the_file(tmp_path):
    """Problems and requirements are placed in the file as the user would name it."""
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.mlreqs.roundness]\n")
    (size,) = read(path, CATALOGUE, shown_as="a/pyproject.toml").declarations
    assert size.where == "a/pyproject.toml:1"
    path.write_text("[tool.mlreqs]\nround = 1\n")
    with pytest.raises(ConfigError, match=r"^a/pyproject\.toml:2: "):
        read(path, CATALOGUE, shown_as="a/pyproject.toml")
