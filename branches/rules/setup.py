"""Advice on how a branch is set up (features.md B02): it quotes the clause and never blocks anything."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

MIN_FULL_MEMBERS = 3
COMMITTEE_FROM = 7
MANY_MEMBERS = 50
COMMITTEE_SIZE = (3, 7)
JOINT_UNITS = 5
MIN_GROUP = 3


@dataclass(frozen=True)
class Advice:
    """What to think about, and the clause that says so."""

    text: str
    clause: str


def needs_committee(full_members: int) -> bool:
    """Whether the branch has a committee: from seven full members on (branch regulation, R06)."""
    return full_members >= COMMITTEE_FROM


def advise(*, full: int, members: int, committee: int, units: int, is_joint: bool) -> list[Advice]:
    """What the counts of a branch suggest. `full` members, all `members`, holders of committee posts, grids.

    An empty list means that nothing stands out.
    """
    found = []
    clause_4 = _("《中国共产党支部工作条例（试行）》关于党支部设置的规定")
    clause_20 = _("《中国共产党支部工作条例（试行）》关于支部委员会的规定")
    if full < MIN_FULL_MEMBERS and not is_joint:
        text = _("正式党员 %(full)d 名，不足 3 名：可以和相邻的网格成立联合党支部。")
        found.append(Advice(text % {"full": full}, clause_4))
    if members > MANY_MEMBERS:
        text = _("党员 %(members)d 名，一般不超过 50 名：可以考虑分设支部或成立党总支。")
        found.append(Advice(text % {"members": members}, clause_4))
    if is_joint and units > JOINT_UNITS:
        text = _("联合党支部有 %(units)d 个网格，一般不超过 5 个。")
        found.append(Advice(text % {"units": units}, clause_4))
    if needs_committee(full) and not COMMITTEE_SIZE[0] <= committee <= COMMITTEE_SIZE[1]:
        text = _("正式党员 %(full)d 名，应设支部委员会，3 至 5 人，最多 7 人；现在登记了 %(committee)d 人。")
        found.append(Advice(text % {"full": full, "committee": committee}, clause_20))
    if not needs_committee(full) and committee > 2:
        text = _("正式党员 %(full)d 名，不足 7 名：设 1 名书记，必要时设 1 名副书记，不设支委会。")
        found.append(Advice(text % {"full": full}, clause_20))
    return found


def advise_group(*, members: int, full: int, leader_is_full: bool | None) -> list[Advice]:
    """What the counts of a party group suggest (R09): three members, one of them full, led by a full member.

    `leader_is_full` is None while nobody leads it.
    """
    clause = _("党小组设置的一般要求")
    texts = []
    if members < MIN_GROUP:
        texts.append(_("组员 %d 名，一般不少于 3 名。") % members)
    if not full:
        texts.append(_("组里要有至少 1 名正式党员。"))
    if leader_is_full is None:
        texts.append(_("还没有组长。"))
    elif not leader_is_full:
        texts.append(_("预备党员不能当组长。"))
    return [Advice(text, clause) for text in texts]
