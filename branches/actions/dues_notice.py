"""The yearly publication of dues: how many owed and how many paid in each branch, as a draft for the notice board.

A branch publishes its collection once a year (dues rules of 2008, domain.md §2). Counts only: neither names nor sums, and
no count of so few members that it would as good as name one.
"""

import datetime as dt
from collections import Counter

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import BranchGrid, DuesMonth, DuesWaiver, Notice, NoticeBoard, PartyMember

SHOWN_DAYS = 7
FEWEST_OWING = 5  # "two of three paid" tells those two who the third is


def publication_year(today):
    """The year whose collection is published now: the running one in December, the last one before that."""
    return today.year if today.month == 12 else today.year - 1


def year_counts(community, year):
    """[(name of the branch, members who owed, of them paid in full, members with a waiver)] by grid. Four queries."""
    links = BranchGrid.objects.filter(grid__community=community).order_by("grid__number")
    branches = dict(links.values_list("branch", "branch__name"))
    members = PartyMember.objects.of_branch_life().filter(branch__in=branches)
    months = DuesMonth.objects.filter(member__in=members, month__year=year).order_by()
    months = months.filter(month__lte=timezone.localdate())
    owing = Counter(branch for branch, _m in months.values_list("member__branch", "member").distinct())
    behind = Counter(
        branch for branch, _m in months.unpaid().values_list("member__branch", "member").distinct()
    )
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    waivers = DuesWaiver.objects.filter(member__in=members, since__lte=last, until__gte=first).order_by()
    waived = Counter(branch for branch, _m in waivers.values_list("member__branch", "member").distinct())
    return [
        (name, owing[branch], owing[branch] - behind[branch], waived[branch])
        for branch, name in branches.items()
    ]


def published_counts(rows):
    """The rows of `year_counts` as they may be published: branches with fewer than `FEWEST_OWING` who owe stand together.

    If those are too few still, the smallest other branches stand with them. Branches where nobody owes or is let off stand
    for themselves: their line says nothing of anybody.
    """
    by_size = sorted((row for row in rows if row[1] or row[3]), key=lambda row: row[1])
    together = [row for row in by_size if row[1] < FEWEST_OWING]
    for row in by_size[len(together) :]:
        if not together or sum(small[1] for small in together) >= FEWEST_OWING:
            break
        together.append(row)
    if len(together) < 2:
        return rows
    lines = [row for row in rows if row not in together]
    names = "、".join(row[0] for row in rows if row in together)
    return [*lines, (names, *(sum(row[column] for row in together) for column in (1, 2, 3)))]


@transaction.atomic
def draft_dues_notice(community, year, *, by):
    """Write the year's publication as a draft. Returns the `Notice`; the same year gives the same one, draft or not.

    Somebody reads it before residents do: publishing is a second step, in the admin.
    """
    NoticeBoard.objects.get_or_create(community=community)
    NoticeBoard.objects.select_for_update().get(community=community)  # two clicks are one draft
    title = _("%(year)d 年党费收缴情况公示") % {"year": year}
    if known := Notice.objects.filter(community=community, kind=Notice.Kind.PARTY, title=title).first():
        return known
    today = timezone.localdate()
    lines = [
        _("%(branch)s：应交党费 %(owing)d 人，交齐 %(paid)d 人，减免 %(waived)d 人。")
        % {"branch": name, "owing": owing, "paid": paid, "waived": waived}
        for name, owing, paid, waived in published_counts(year_counts(community, year))
    ]
    until = min(today, dt.date(year, 12, 31))
    lines.append(
        _("统计到 %(day)s，只公布人数。") % {"day": f"{until.year}-{until.month:02d}-{until.day:02d}"}
    )
    return Notice.objects.create(
        community=community,
        kind=Notice.Kind.PARTY,
        title=title,
        meaning=_(
            "各网格党支部党费交了多少人，都在下面。党员对自己的有疑问，请找支部书记或者打社区值班电话。"
        ),
        text="\n".join(lines),
        is_draft=True,
        shows_on=today,
        expires_on=today + dt.timedelta(days=SHOWN_DAYS - 1),
        published_by=by,
    )
