"""proxies: the score carries no protected attribute beyond what declared columns explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.measurement import Measurement
from pytest_mlreqs.core.option_groups import Method, MostRows, Reason, ShowValues
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.tables.naming import missing
from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.scores import following
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.outputs import outputs
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.models.scoring import decisions
from pytest_mlreqs.requirements.words import proxies as words
from pytest_mlreqs.requirements.words.proxies import Words

if TYPE_CHECKING:
    import pandas as pd

    from pytest_mlreqs.measures.association.attributes import Attribute
    from pytest_mlreqs.measures.association.partial import Partial
    from pytest_mlreqs.measures.association.presence import Presence
    from pytest_mlreqs.measures.influence.reading import Inputs
    from pytest_mlreqs.measures.tables.protected import Protected

_PLANTED = "planted proxy"
_Name = Annotated[str, Meta(min_length=1)]
_Legitimate = Annotated[
    tuple[_Name, ...],
    Meta(
        description="columns of X, by name or glob, that may explain a difference between groups; "
        "`[]` if nothing may. Without it, the score is not judged, and `max_auc` is needed."
    ),
]
_Auc = Annotated[
    float,
    Meta(
        ge=0.5,
        lt=1,
        description="largest AUC, from 0.5 to 1, with which the columns that the model reads tell "
        "the attribute. Set it if inputs must not tell it at all.",
    ),
]
_Key = Annotated[
    str,
    Meta(
        min_length=1,
        description="a column of both X and `protected` that rows are matched by. Without it, "
        "they are matched by index or position.",
    ),
]


class Proxies(Requirement, frozen=True, kw_only=True):
    """The score carries no protected attribute beyond what legitimate columns explain.

    Declare this if a protected attribute must not decide, and other columns may tell it. You have
    to say which columns may explain a difference:

        you want                                              options
        no influence on the score but by legitimate columns   legitimate = ["education", ...]
        no influence on the score at all                      legitimate = []
        no inputs that tell the attribute                     max_auc

    If the model gets the attribute itself, declare `forbidden_features` as well.

    Why
        A model that never sees a protected attribute may carry it through other columns: a
        postcode for a descent, a role in the household for a sex (Breck et al. 2017, Data 4). Such
        columns are nearly always there. What counts is whether the score follows them for no good
        reason.

    Declare
        [tool.mlreqs.subjects]
        protected = "data/protected.csv"      # never given to the model

        [tool.mlreqs.proxies]
        attributes = ["race", "gender"]
        legitimate = ["education*", "hours"]  # may explain a difference; [] for nothing may
        reason = "equal treatment"

    Measures
        legitimate, max_partial_correlation: the partial correlation of score and attribute, given
        the legitimate columns. It is the generalised covariance measure (Shah and Peters 2020).
        What these columns predict is taken off both, and the rest is correlated. The prediction is
        by the better of a linear and a boosted probe, in 5-fold cross-fitting. Without
        `legitimate` it is not measured.

        Each group is set against all others, for each output of the score. Labels beside the score
        are measured too, as they may follow another threshold in each group. Numbers of more than
        ten values stay numbers.

        max_auc: the AUC with which columns tell a group (or the upper half of numbers) to the
        better of the same probes. The base rate, the columns that tell most, and the bar of
        Feldman et al. (2015) stand beside it.

            max_auc       AUC of
            declared      the columns that the model reads (see `influence`)
            not declared  all columns of X but the attribute itself, for information

        If the model reads the attribute itself, that is said first.

    Verdict
        By the 95 % interval of the largest value over all groups and outputs (see `intervals`).
        Fewer than 1,000 rows can accuse a model but not clear it.

        In simulations less than 1 % of models were accused that used legitimate columns only. With
        2,000 rows, two groups and a limit of 0.10, 1 to 6 % were undecided. No model was accused
        by `max_auc` of a column that it did not read.

    Cannot see
        A difference that only pairs of attributes have, or that cancels out in the mean. What the
        legitimate columns themselves tell; where they tell all, the message says so. Texts and
        categories beyond their 200 most frequent values. Groups of fewer than 30 rows. Columns
        that move no score of 1,000 rows. Several rows of one person count as if they were
        independent.
    """

    rubric = ("data 4",)

    attributes: Annotated[
        tuple[_Name, ...],
        Meta(
            min_length=1,
            description="protected attributes: columns of the subject `protected`, by name or glob",
        ),
    ]
    reason: Reason
    legitimate: _Legitimate | None = None
    max_partial_correlation: Annotated[
        float,
        Meta(
            gt=0,
            lt=1,
            description="largest correlation of score and attribute, from 0 to 1, beyond what the "
            "legitimate columns explain",
        ),
    ] = 0.10
    max_auc: _Auc | None = None
    key: _Key | None = None
    method: Method | None = None
    rows: MostRows = 20_000
    show_values: ShowValues = False

    def __post_init__(self) -> None:
        """Refuse what would judge nothing."""
        if self.legitimate is None and self.max_auc is None:
            raise ValueError(
                "nothing would be judged: declare `legitimate`, the columns that may explain a "
                "difference ([] for none), or `max_auc`"
            )
        both = sorted(set(self.attributes) & set(self.legitimate or ()))
        if both:
            raise ValueError(f"{both[0]!r} is both a protected attribute and legitimate")

    def check(self, model: Model, X: Rows, protected: Any) -> Iterator[Measurement]:
        """Yield how much of each attribute the score carries, and how well columns tell it."""
        from pytest_mlreqs.measures.association.attributes import attribute
        from pytest_mlreqs.measures.association.partial import partial, unexplained
        from pytest_mlreqs.measures.influence.influence import positions
        from pytest_mlreqs.measures.influence.reading import inputs
        from pytest_mlreqs.measures.tables.columns import coded

        found = self._found(X.frame, protected)
        where = positions(len(found.pairs.left), self.rows)
        frame = X.frame.iloc[found.pairs.left[where]]
        read = inputs(model, Rows(X.opened.back(frame), X.name, model.raw))
        offered = decisions(model.raw, frame, X.opened, self.method)
        scores, score, names = outputs(offered, frame)
        given = coded(frame.iloc[:, found.given])
        rest = scores if self.legitimate is None else unexplained(scores, given)
        said = self._words()
        for wanted, columns in found.columns.items():
            if not columns:
                why = missing(wanted, found.table.columns, "protected")
                yield said.undecided(wanted, why)
            for column in columns:
                name = str(found.table.columns[column])
                of = attribute(found.values(where, column))
                before, own = words.itself(name, found.own[column], read)
                how = "; ".join((*found.pairs.left_out(), *of.left_out(), *own))
                if of.why:
                    yield words.first(before, said.undecided(name, of.why, how))
                    continue
                if self.legitimate is not None:
                    at = of.rows
                    seen = partial(scores[at], rest[at], of, given.take(at))
                    legitimate = [str(frame.columns[column]) for column in found.given]
                    use = said.use(name, of, seen, legitimate, names, how)
                    if use.ok is False:
                        use = _carried(use, score, frame.iloc[at], of, seen, found.given)
                    yield words.first(before, use)
                there = self._presence(of, frame.iloc[of.rows], found.own[column], found, read)
                presence = said.presence(name, of, there, read.how, how)
                yield presence if said.use_is_judged else words.first(before, presence)

    def plant(self, model: Model, X: Rows, protected: Any) -> Iterator[Planted]:
        """A column that tells an attribute, and a score that moves with it."""
        import numpy as np

        from pytest_mlreqs.measures.association.attributes import attribute

        frame = X.frame
        found = self._found(frame, protected)
        for column in (column for columns in found.columns.values() for column in columns):
            of = attribute(found.values(slice(None), column))
            if of.why:
                continue
            target = of.targets()[:, 0]
            proxy = np.zeros(len(frame))
            proxy[found.pairs.left[of.rows]] = (target - target.mean()) / target.std()
            strength = 1 + 2 / (1 - self.max_partial_correlation)
            what = f"a column tells {found.table.columns[column]!r}, and the score moves with it"
            harmed = Altered(model.raw, following(_PLANTED, strength, X.opened.back))
            yield Planted(what, {"X": frame.assign(**{_PLANTED: proxy}), "model": harmed})

    def _found(self, frame: pd.DataFrame, table: Any) -> Protected:
        from pytest_mlreqs.measures.tables.protected import protected

        handed = opened(table)
        table = table if handed is None else handed.frame
        return protected(frame, table, self.attributes, self.legitimate or (), self.key)

    def _words(self) -> Words:
        judged = self.legitimate is not None
        return Words(judged, self.max_partial_correlation, self.max_auc, self.show_values)

    def _presence(
        self, of: Attribute, X: Any, own: list[int], found: Protected, read: Inputs
    ) -> Presence:
        """How well the columns that the model reads tell the attribute, where that is limited."""
        from pytest_mlreqs.measures.association.presence import presence, presence_read

        if self.max_auc is None:
            return presence(X, of, [at for at in found.inputs if at not in own])
        columns = [at for at in found.inputs if at not in own or read.possibly(at)]
        return presence_read(X, of, columns, read, self.max_auc)


def _carried(
    told: Measurement,
    score: Callable[[Any], Any],
    X: pd.DataFrame,
    of: Attribute,
    seen: Sequence[Partial],
    skip: list[int],
) -> Measurement:
    """The measurement with the columns that may have caused it."""
    from pytest_mlreqs.measures.association.carriers import carriers

    most = max(seen, key=lambda one: abs(one.r))
    group = of.members(of.judged[most.group])
    return words.carried(told, carriers(lambda X: score(X)[:, most.output], X, group, skip))
