"""Which objective is next, by which item, and in which order its options are shown.

Objectives are scheduled, items vary. The day's question is a review if one is due, but on two days
in five at most while anything is new, or four if one correct answer masters what is due; else a new
objective; else the one met longest ago. A quarter of the reviews are drawn at random from all
objectives met, so that learning can be measured. The item is one that the learner has not seen, as
long as any such item serves. Key points and forms interleave; yesterday's objective waits, and so
does what a recent question gives away.

Spacing (Price et al. 2024), interleaving (Sana and Yan 2022), adaptive spacing (Kerfoot 2010); why
these rules: docs/decisions/0025. Choosing is pure: chance is an argument.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import chain
from random import Random
from typing import NamedTuple

from db.models import Purpose
from questions import Item, Topic, amounts
from quizbot.quiz.answers.memory import Review
from quizbot.quiz.asking.history import ASKED_DAYS, LearnerHistory

# Of five daily questions in a row, while anything is new: more if one answer masters something.
_MAX_REVIEWS, _MAX_MASTERING = 2, 4
_AWAY = timedelta(days=3)  # without an answer
_SHARE_AT_RANDOM = 0.25  # of the reviews

# How many days an item that was seen rests, as long as anything else is left: longer if its
# objective was answered correctly. A draw at random passes over what has just been seen; passing
# over more would bias it.
_REST_IF_INCORRECT, _REST, _REST_AT_RANDOM = 30, ASKED_DAYS, 7
_OBJECTIVE_RESTS = 5  # days, if possible: like a correct one, before it is due

_GIVING_AWAY = timedelta(days=3)  # for so long the stem of a question gives another away


class Choice(NamedTuple):
    """A chosen item, an order for its options, and why it was chosen."""

    item: Item
    option_order: str
    purpose: Purpose


class _Candidate(NamedTuple):
    """An objective with its items that may be asked: unseen ones, and others."""

    objective_id: str
    unseen: Sequence[Item]
    seen: Sequence[Item]


@dataclass(frozen=True)
class ItemPool:
    """The approved items that questions are chosen from, and the chance to choose by.

    `key_points` names each objective's key point. `revised` are the items that somebody may have
    learned in an earlier revision, or that are withdrawn (see quiz.answers.corrections).
    """

    items: Sequence[Item]
    rng: Random
    key_points: Mapping[str, str] = field(default_factory=dict)
    revised: Sequence[Item] = ()

    @classmethod
    def of(cls, topic: Topic, rng: Random) -> "ItemPool":
        """Returns the pool of all approved items of the topic."""
        key_points = {each.id: each.key_point for each in topic.objectives.values()}
        revised = [
            item
            for item in topic.items
            if item.status == "retired" or (item.approved and item.revision > 1)
        ]
        return cls(topic.approved, rng, key_points, revised)

    def choose_daily(self, history: LearnerHistory, today: date) -> Choice:
        """Returns the day's question. Raises ValueError when there are no items."""
        if not self.items:
            raise ValueError("there are no approved questions to choose from")
        moment = _Moment(self, history, today, self._waiting(history))
        not_met = (each for each in self.objectives if each not in history.met)
        new = [each for each in moment.candidates(not_met) if each.unseen]
        if (not new or moment.may_review) and (review := moment.review(any_new=bool(new))):
            return moment.choice(*review)
        if new:
            return moment.choice(moment.first_new(new), Purpose.NEW)
        oldest = min(moment.candidates(self.objectives), key=moment.turn)
        met = oldest.objective_id in history.met
        return moment.choice(oldest, Purpose.LONGEST_AGO if met else Purpose.NEW)

    def choose_practice(
        self, history: LearnerHistory, today: date, *, counts: bool
    ) -> Choice | None:
        """Returns a question to practise: what is due first. None if there is nothing to practise.

        It is never the last unseen item of an objective, nor the latest objective if there is
        another. Practice that does not count for learning leaves new objectives for later.
        """
        lately = history.lately
        latest = self.related(lately[-1].item_id) if lately else frozenset[str]()
        for waiting in (self._waiting(history) | latest, latest, frozenset[str]()):
            moment = _Moment(self, history, today, waiting)
            if found := moment.to_practise(counts=counts):
                return moment.choice(found, Purpose.PRACTICE)
        return None

    def _waiting(self, history: LearnerHistory) -> frozenset[str]:
        """Returns the items that may not be asked, so few that others are left, unseen if possible.

        Rather than to repeat yesterday's objective, a correction or a question is given away.
        """
        since = history.last_daily or max((each.day for each in history.lately), default=date.max)
        given_away = latest = frozenset[str]()
        for each in history.lately:
            if each.day > since - _GIVING_AWAY:
                given_away |= self._apart.get(each.item_id, frozenset())
            if each.day >= since:
                latest |= self.related(each.item_id)
        given_away |= latest
        levels = (given_away | self.related(history.corrected), given_away, latest)
        for seen in (history.seen, frozenset[str]()):
            for waiting in levels:
                if any(each not in waiting and each not in seen for each in self._by_id):
                    return waiting
        return frozenset()

    def item(self, item_id: str) -> Item | None:
        """Returns the item with that id, if it may be asked."""
        return self._by_id.get(item_id)

    def related(self, item_id: str) -> frozenset[str]:
        """Returns the ids of the objective's items, and of all that give this item away."""
        return self._related.get(item_id, frozenset())

    def key_point_of(self, item_id: str) -> str | None:
        """Returns the key point of the item's objective."""
        return self.key_points.get(self.objective_of.get(item_id, ""))

    @cached_property
    def _by_id(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items}

    @cached_property
    def objectives(self) -> Mapping[str, Sequence[tuple[str, Item]]]:
        """The items of each objective, with their ids."""
        found: dict[str, list[tuple[str, Item]]] = {}
        for item in self.items:
            found.setdefault(item.objective, []).append((item.id, item))
        return found

    @cached_property
    def objective_of(self) -> Mapping[str, str]:
        """The objective of each item that may have been asked, by their ids."""
        return {item.id: item.objective for item in (*self.items, *self.revised)}

    @cached_property
    def _apart(self) -> Mapping[str, frozenset[str]]:
        """The items that are kept apart from each, whichever of the two names the other."""
        return {
            item.id: frozenset(
                other.id
                for other in self.items
                if other.id in item.keep_apart or item.id in other.keep_apart
            )
            for item in (*self.items, *self.revised)
        }

    @cached_property
    def _related(self) -> Mapping[str, frozenset[str]]:
        return {
            item_id: self._apart[item_id].union(each for each, _ in self.objectives.get(of, ()))
            for item_id, of in self.objective_of.items()
        }


@dataclass(frozen=True)
class _Moment:
    """A learner's day, on which the items in `waiting` may not be asked."""

    pool: ItemPool
    history: LearnerHistory
    today: date
    waiting: frozenset[str]

    def candidates(self, objective_ids: Iterable[str]) -> list[_Candidate]:
        """Returns those of these objectives that have items to ask."""
        objectives, waiting, known = self.pool.objectives, self.waiting, self.history.seen
        found = []
        for objective_id in objective_ids:
            unseen, seen = list[Item](), list[Item]()
            for item_id, item in objectives.get(objective_id, ()):
                if item_id not in waiting:
                    (seen if item_id in known else unseen).append(item)
            if unseen or seen:
                found.append(_Candidate(objective_id, unseen, seen))
        return found

    @cached_property
    def reviews(self) -> Mapping[str, Review]:
        """The reviews that are due."""
        return {e: each for e, each in self.history.due.items() if each.due_on <= self.today}

    @cached_property
    def masters(self) -> frozenset[str]:
        """What is due and mastered by one correct answer, as people have been told."""
        return frozenset(e for e, each in self.reviews.items() if each.masters(self.today))

    @property
    def may_review(self) -> bool:
        """Whether a review may come although something is new.

        While nobody answers, all are reviews: a new objective would be wasted, and who comes back
        finds something that they know.
        """
        answered_on = max(self.history.met.values(), default=self.today)
        if self.today - answered_on >= _AWAY:
            return True
        return self.history.reviews < (_MAX_MASTERING if self.masters else _MAX_REVIEWS)

    def due(self) -> Iterator[_Candidate]:
        """Yields what is due: other key points than the latest first.

        Then what a correct answer masters today, then what was incorrect.
        """
        lately, key_points = self.history.lately, self.pool.key_points
        latest = self.pool.key_point_of(lately[-1].item_id) if lately else None
        order = sorted(
            (
                key_points.get(each) == latest is not None,
                each not in self.masters,
                not review.incorrect,
                -review.overdue_ratio(self.today),
                each,
            )
            for each, review in self.reviews.items()
        )
        for *_, objective_id in order:
            yield from self.candidates([objective_id])

    def review(self, *, any_new: bool) -> tuple[_Candidate, Purpose] | None:
        """Returns what to review, and why: if anything is due, or nothing is new."""
        history, rng, due = self.history, self.pool.rng, self.due()
        first = next(due, None)
        if any_new and first is None:
            return None
        if rng.random() < _SHARE_AT_RANDOM:
            met = self.candidates(sorted(history.met))
            # Of somebody who knows all answers every draw tells the same: let items rest.
            rests = (_REST, _REST_AT_RANDOM) if history.never_incorrect else (_REST_AT_RANDOM,)
            for days in rests:
                if rested := [each for each in met if self.has_rested(each, days)]:
                    return rng.choice(rested), Purpose.RANDOM
        fallback = None
        for each in chain([first] if first else [], due):
            incorrect = history.due[each.objective_id].incorrect
            purpose = Purpose.INCORRECT if incorrect else Purpose.DUE
            if each.unseen:
                return each, purpose
            if not fallback and self.has_rested(each, _REST_IF_INCORRECT if incorrect else _REST):
                fallback = each, purpose
        return None if any_new else fallback

    def first_new(self, new: Sequence[_Candidate]) -> _Candidate:
        """Returns one not asked before, key points in turn, or the one asked longest ago."""
        key_points, latest = self.pool.key_points, dict[str | None, date]()
        for item_id, day in self.history.seen.items():
            point = self.pool.key_point_of(item_id)
            latest[point] = max(day, latest.get(point, day))
        turns = [
            (self.latest_on(each), latest.get(key_points.get(each.objective_id), date.min))
            for each in new
        ]
        first = min(turns)
        return self.pool.rng.choice(
            [e for e, turn in zip(new, turns, strict=True) if turn == first]
        )

    def to_practise(self, *, counts: bool) -> _Candidate | None:
        """Returns what to practise, with its unseen items left out unless one may be taken."""
        every = self.candidates(self.pool.objectives)
        due = {each.objective_id: each for each in self.due()}
        spare = [each for each in every if len(each.unseen) > 1]
        new = [each for each in spare if each.objective_id not in self.history.met]
        seen = sorted((each._replace(unseen=()) for each in every if each.seen), key=self.oldest_on)
        turns = (
            [each for each in due.values() if len(each.unseen) > 1],
            [self.first_new(new)] if new and counts else [],
            [e for e in seen if e.objective_id in due and self.has_rested(e, _REST_IF_INCORRECT)],
            sorted((each for each in spare if each not in new), key=self.latest_on),
            seen,
        )
        return next((each[0] for each in turns if each), None)

    def choice(self, candidate: _Candidate, purpose: Purpose) -> Choice:
        """Returns an unseen item at random, of another form than the latest two if possible.

        If there is none, it is the item seen longest ago.
        """
        if candidate.unseen:
            latest = [self.pool.item(each.item_id) for each in self.history.lately[-2:]]
            forms = {item.form for item in latest if item}
            others = [each for each in candidate.unseen if each.form not in forms]
            item = self.pool.rng.choice(others or candidate.unseen)
        else:
            seen, items = self.history.seen, {item.id: item for item in candidate.seen}
            item = items[min((each for each in seen if each in items), key=seen.__getitem__)]
        return Choice(item, shuffle_options(item, self.pool.rng), purpose)

    def turn(self, candidate: _Candidate) -> tuple[int, bool, date, date]:
        """Returns the objective's place if none is due or new; the least comes first.

        Objectives that have rested go first, by an unseen item or else one that has rested; then
        any by an unseen item; then those that have rested. Equals go by when they were asked.
        """
        oldest, latest = self.oldest_on(candidate), self.latest_on(candidate)
        rests = latest > self.today - timedelta(_OBJECTIVE_RESTS)
        if candidate.unseen:
            place = 2 if rests else 0
        else:
            place = 1 if not rests and self.has_rested(candidate, _REST) else 3
        return place, rests, oldest, latest

    def oldest_on(self, candidate: _Candidate) -> date:
        """Returns when the item seen longest ago was asked; the first date if one is unseen."""
        if candidate.unseen:
            return date.min
        return min(self.history.seen[item.id] for item in candidate.seen)

    def latest_on(self, candidate: _Candidate) -> date:
        """Returns when the objective was asked or reviewed last; the first date if never."""
        seen, objective_id = self.history.seen, candidate.objective_id
        asked = [seen.get(item_id, date.min) for item_id, _ in self.pool.objectives[objective_id]]
        return max(self.history.met.get(objective_id, date.min), *asked)

    def has_rested(self, candidate: _Candidate, days: int) -> bool:
        """Returns whether an item was asked last so many days ago, or is unseen."""
        return self.oldest_on(candidate) <= self.today - timedelta(days)


def shuffle_options(item: Item, rng: Random) -> str:
    """Returns an order of the options: a digit each, its place in the bank (0 is the key).

    Numbers stay in ascending order (Haladyna et al. 2002).
    """
    texts = tuple(option.text for option in item.options)
    if (ascending := _ascending(texts)) is not None:
        return ascending
    places = list("0123456789"[: len(texts)])
    rng.shuffle(places)
    return "".join(places)


@cache  # needed for every claim
def _ascending(texts: tuple[str, ...]) -> str | None:
    """Returns the ascending order of options that are numbers; None for others."""
    values = amounts(texts)
    if values is None:
        return None
    return "".join(str(place) for place in sorted(range(len(texts)), key=values.__getitem__))


def is_valid_order(option_order: str, item: Item) -> bool:
    """Returns whether the order still fits the item's options: the bank may have changed."""
    return sorted(option_order) == [str(place) for place in range(len(item.options))]
