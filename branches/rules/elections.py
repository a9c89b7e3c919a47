"""Who is elected (domain.md §1.3, R11): more than half of the base, most votes first, ties and gaps voted on again."""

from collections.abc import Sequence
from dataclasses import dataclass

from branches.rules.voting import Base


@dataclass(frozen=True)
class Tally:
    """`elected` and `tied` are positions in the list of votes; `open_seats` are left for a new vote or stay empty.

    `disputed` when the other reading of "more than half" elects other people.
    """

    elected: frozenset
    tied: frozenset
    open_seats: int
    disputed: bool


def votes_needed(*, base: str, present: int, due: int) -> int:
    """The fewest votes that are more than half of the base."""
    return (present if base == Base.PRESENT else due) // 2 + 1


def tally(votes: Sequence[int], *, seats: int, present: int, due: int, base: str = Base.PRESENT) -> Tally:
    """Whom so many votes elect to so many seats.

    Only who has more than half of the base can be elected. Where more people have it than there are seats, those with
    most votes are; who has as many votes as the next one at the last seat is tied and stands again.
    """
    elected, tied = _over(votes, seats, votes_needed(base=base, present=present, due=due))
    other = Base.DUE if base == Base.PRESENT else Base.PRESENT
    by_the_other = _over(votes, seats, votes_needed(base=other, present=present, due=due))
    return Tally(
        elected=elected,
        tied=tied,
        open_seats=seats - len(elected),
        disputed=by_the_other != (elected, tied),
    )


def _over(votes, seats, needed):
    """Positions elected and tied when `needed` votes are enough."""
    fit = sorted((place for place, count in enumerate(votes) if count >= needed), key=lambda p: -votes[p])
    if len(fit) <= seats:
        return frozenset(fit), frozenset()
    last = votes[fit[seats - 1]]
    if votes[fit[seats]] < last:
        return frozenset(fit[:seats]), frozenset()
    return (
        frozenset(place for place in fit if votes[place] > last),
        frozenset(place for place in fit if votes[place] == last),
    )
