"""When a meeting may decide, and when a vote has passed (domain.md §1.3).

`due` are the members with a vote who are due to attend (应到会), without those excluded with approval; `present` are
those of them who are there. Probationary members attend and do not vote. There is no voting by proxy.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Base(models.TextChoices):
    """Of whom an election needs more than half. The sources contradict each other, so it is a setting."""

    PRESENT = "present", gettext_lazy("实到会有表决权的人数")
    DUE = "due", gettext_lazy("应到会有表决权的人数")


def decision_quorum(due: int, *, inclusive: bool = True) -> int:
    """How many must be there to decide: half or more of those due (半数以上 includes the half).

    Without `inclusive` it is more than half, as many offices read it. Nobody due means nobody can decide: 1.
    """
    return max((due + 1) // 2 if inclusive else due // 2 + 1, 1)


def election_quorum(due: int) -> int:
    """How many must be there to elect: four fifths of those due (election regulation, domain.md R11)."""
    return max(-(-due * 4 // 5), 1)


def passes(votes_for: int, due: int) -> bool:
    """Whether a decision has passed: more than half of those due to attend, not of those present (R05)."""
    return votes_for * 2 > due


@dataclass(frozen=True)
class Elected:
    """`elected` by the chosen base; `disputed` when the other reading of the rule gives the other result."""

    elected: bool
    disputed: bool


def elects(votes_for: int, *, present: int, due: int, base: str = Base.PRESENT) -> Elected:
    """Whether somebody is elected: more than half of the base (R11 gives both bases)."""
    by = {Base.PRESENT: votes_for * 2 > present, Base.DUE: votes_for * 2 > due}
    return Elected(elected=by[Base(base)], disputed=by[Base.PRESENT] != by[Base.DUE])


def candidates_needed(seats: int) -> int:
    """How many candidates a committee election of so many seats needs at least: a fifth more (R11)."""
    return -(-seats * 6 // 5)


@dataclass(frozen=True)
class Quorum:
    """How a meeting stands: counts, what is needed, and the sentence that says what is missing ("" when enough)."""

    due: int
    present: int
    needed: int

    @property
    def is_met(self) -> bool:
        return self.present >= self.needed and self.due > 0

    @property
    def percent(self) -> int:
        """How far the bar is filled, 0–100."""
        return min(100, self.present * 100 // self.due) if self.due else 0

    @property
    def why_not(self) -> str:
        if self.is_met:
            return ""
        if not self.due:
            return _("名单里没有一位有表决权的党员，不能表决")
        return _("有表决权的应到 %(due)d 人，实到 %(present)d 人，还差 %(short)d 人才能表决") % {
            "due": self.due,
            "present": self.present,
            "short": self.needed - self.present,
        }
