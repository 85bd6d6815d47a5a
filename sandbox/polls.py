"""Polls: their content, their votes, and what each viewer may see."""

from dataclasses import dataclass, field

from sandbox.accounts import Account, Bot, Person
from sandbox.wire import Json, RefusedError


@dataclass
class Option:
    """A poll option; ``content`` holds its text and, if any, text_entities."""

    persistent_id: str
    content: Json


@dataclass(eq=False)
class Poll:
    """A poll. Forwards show the same poll; ``content`` is the same for all viewers."""

    id: str
    owner: Account
    options: list[Option]
    content: Json
    is_quiz: bool = False
    is_anonymous: bool = True
    allows_multiple_answers: bool = False
    allows_revoting: bool = True
    hides_results: bool = False
    correct_option_ids: list[int] = field(default_factory=list)
    explanation: Json = field(default_factory=dict)
    open_period: int | None = None
    close_date: int | None = None
    is_closed: bool = False
    votes: dict[int, list[int]] = field(default_factory=dict)

    def counts(self) -> list[int]:
        """Returns the number of votes for each option."""
        counts = [0] * len(self.options)
        for choice in self.votes.values():
            for option in choice:
                counts[option] += 1
        return counts

    def revealed_to(self, viewer: Account) -> bool:
        """Returns whether the viewer may see the correct option and the counts."""
        if self.is_closed or viewer is self.owner:
            return True
        return viewer.id in self.votes and not self.hides_results

    def names_voters_to(self, viewer: Account) -> bool:
        """Returns whether the viewer may see who chose which option."""
        return not self.is_anonymous and self.revealed_to(viewer)

    def view(self, viewer: Account) -> Json:
        """Returns the Poll object that the viewer gets."""
        revealed = self.revealed_to(viewer)
        counted = revealed or (isinstance(viewer, Bot) and not self.is_quiz)
        counts = self.counts() if counted else [0] * len(self.options)
        shown: Json = {
            "id": self.id,
            **self.content,
            "options": [
                {"persistent_id": option.persistent_id, **option.content, "voter_count": count}
                for option, count in zip(self.options, counts, strict=True)
            ],
            "total_voter_count": len(self.votes),
            "is_closed": self.is_closed,
            "is_anonymous": self.is_anonymous,
            "type": "quiz" if self.is_quiz else "regular",
            "allows_multiple_answers": self.allows_multiple_answers,
            "allows_revoting": self.allows_revoting,
        }
        if self.is_quiz and revealed:
            shown["correct_option_ids"] = self.correct_option_ids
            shown |= self.explanation
        if self.close_date is not None and not self.is_closed:
            shown |= {"open_period": self.open_period, "close_date": self.close_date}
        return shown

    def vote(self, person: Person, option_ids: list[int], *, force: bool) -> None:
        """Counts, changes or (with an empty list) withdraws a vote.

        ``force`` skips only the rule that a choice is final. Raises RefusedError if the vote is
        not possible.
        """
        if self.is_closed:
            raise RefusedError(409, "the poll is closed")
        if not all(0 <= option < len(self.options) for option in option_ids):
            raise RefusedError(400, "option_ids names an option that the poll does not have")
        if len(set(option_ids)) != len(option_ids):
            raise RefusedError(400, "option_ids names an option twice")
        if len(option_ids) > 1 and not self.allows_multiple_answers:
            raise RefusedError(400, "the poll allows one answer")
        voted = person.id in self.votes
        if voted and not self.allows_revoting and not force:
            raise RefusedError(409, "a vote in this poll is final")
        if not option_ids and not voted and not force:
            raise RefusedError(409, "there is no vote to withdraw")
        if option_ids:
            self.votes[person.id] = sorted(option_ids)
        else:
            self.votes.pop(person.id, None)

    def answer(self, person: Person) -> Json:
        """Returns the PollAnswer object for the person's vote."""
        choice = self.votes.get(person.id, [])
        return {
            "poll_id": self.id,
            "user": person.user(),
            "option_ids": choice,
            "option_persistent_ids": [self.options[option].persistent_id for option in choice],
        }
