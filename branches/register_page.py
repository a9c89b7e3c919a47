"""What the pages of the register show: one page of members by filters, letters, check-ins. Reads only."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Q

from branches.models import NEXT_TRANSFER, CheckIn, MembershipTransfer, PartyMember, Standing, TransferStatus
from haimengyuan.lib.keys import row_key, row_keys
from people.admin_tools import persons_like, under

PAGE_ROWS = 50
FOUND_AT_MOST = 50
STEPS = list(TransferStatus)


@dataclass(frozen=True)
class Filters:
    """The filters that stand in the address. `of` are keys that a search found: what was typed stands nowhere."""

    grid: str = ""
    kind: str = ""
    standing: str = ""
    mobile: str = ""
    of: str = ""
    after: str = ""

    @classmethod
    def read(cls, data):
        """The filters of a query; what cannot be is left out."""
        kept = {name: data.get(name, "").strip()[:600] for name in cls.__dataclass_fields__}
        checks = {
            "grid": lambda text: row_key(text) is not None,
            "kind": lambda text: text in PartyMember.Kind.values,
            "standing": lambda text: text in Standing.values or text == "left",
            "mobile": lambda text: text == "1",
            "of": lambda text: bool(row_keys(text.split(","))),
            "after": lambda text: row_key(text) is not None,
        }
        return cls(**{name: text for name, text in kept.items() if text and checks[name](text)})

    def query(self, **changes):
        """These filters with changes as the query of an address."""
        return urlencode({name: value for name, value in vars(replace(self, **changes)).items() if value})


def filtered(rows, filters):
    """The members that the filters ask for: those who are still here, unless they ask for those who have left."""
    rows = rows.exclude(left_on=None) if filters.standing == "left" else rows.filter(left_on=None)
    if filters.grid:
        rows = rows.filter(branch__branch_grids__grid__number=int(filters.grid))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.standing and filters.standing != "left":
        rows = rows.filter(standing=filters.standing)
    if filters.mobile:
        rows = rows.filter(is_mobile=True)
    if filters.of:
        rows = rows.filter(pk__in=row_keys(filters.of.split(",")))
    return rows


def page_of(rows, after):
    """Up to fifty members after the key `after`, in the order of their names, and the key to read on with ("").

    The place is looked up by the key, so that no name stands in an address and a late page costs as little as the first.
    """
    rows = rows.order_by("person__pinyin", "pk").select_related("person", "branch", "group")
    last = (
        PartyMember.objects.filter(pk=int(after)).values_list("person__pinyin", "pk").first()
        if after
        else None
    )
    if last:
        name, key = last
        rows = rows.filter(Q(person__pinyin__gt=name) | Q(person__pinyin=name, pk__gt=key))
    found = list(rows[: PAGE_ROWS + 1])
    return found[:PAGE_ROWS], str(found[PAGE_ROWS - 1].pk) if len(found) > PAGE_ROWS else ""


def find(rows, typed):
    """The keys of members found by the beginning of a name, pinyin, initials or a whole telephone number."""
    if not typed.strip():
        return []
    found = rows.filter(under(persons_like(typed), "person")).order_by()
    return sorted(found.values_list("pk", flat=True)[:FOUND_AT_MOST])


def letters_of(user, community, *, of=None):
    """Letters as rows with `next`, the steps that can be taken now: those not ended first, then the newest."""
    rows = MembershipTransfer.objects.for_user(user).filter(person__community=community).with_related()
    if of is not None:
        rows = rows.filter(person=of)
    found = list(rows.order_by("-created_at", "-pk")[:100])
    for letter in found:
        steps = NEXT_TRANSFER[TransferStatus(letter.status)] - {TransferStatus.EXPIRED}
        letter.next = [step for step in STEPS if step in steps]
    return sorted(found, key=lambda letter: not letter.next)


def check_ins_of(user, community):
    """Units and serving members who report here, the newest first."""
    rows = CheckIn.objects.for_user(user).filter(community=community)
    return list(
        rows.select_related("unit", "member__person", "member__branch").order_by("ended_on", "-pk")[:200]
    )
