"""The three lists of partner units: enter a line, match it, sign it, follow it, say thank you (features.md N07)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.errors import PartnerRefused
from branches.models import NEXT_PARTNER, PartnerLine, PartnerStatus

_S = PartnerStatus


def add_line(community, *, kind, text, unit=None, branch=None, due_on=None):
    """Enter a line: a resource needs its unit, a demand its branch. Returns the `PartnerLine`."""
    if kind == PartnerLine.Kind.RESOURCE and unit is None:
        raise PartnerRefused(_("请选是哪个单位的资源"))
    if kind == PartnerLine.Kind.DEMAND and branch is None:
        raise PartnerRefused(_("请选是哪个支部的需求"))
    return PartnerLine.objects.create(
        community=community, kind=kind, text=text, unit=unit, branch=branch, due_on=due_on
    )


@transaction.atomic
def step(line, new, *, note="", unit=None, branch=None):
    """Move `line` along `NEXT_PARTNER`; matching names the other side, an end says in a line what came of it.

    A conditional UPDATE decides who was first. Raises `PartnerRefused`.
    """
    old, note = line.status, note.strip()[:200]
    if new not in NEXT_PARTNER[PartnerStatus(old)]:
        raise PartnerRefused(_("现在是“%s”，不能这样办，请看看最新情况") % line.get_status_display())
    values = {"status": new, "moved_at": timezone.now()}
    if new == _S.MATCHED:
        values |= _both_sides(line, unit, branch)
    if new == _S.SIGNED:
        values["signed_on"] = timezone.localdate()
    if new in {_S.DONE, _S.THANKED, _S.DROPPED} and not note:
        raise PartnerRefused(_("请写一句：办成了什么、怎么谢的、为什么不办"))
    if note:
        values["note"] = note
    if not PartnerLine.objects.filter(pk=line.pk, status=old).update(**values):
        line.refresh_from_db()
        raise PartnerRefused(_("刚刚有人改成了“%s”，请看看最新情况") % line.get_status_display())
    line.refresh_from_db()


def _both_sides(line, unit, branch):
    unit, branch = line.unit or unit, line.branch or branch
    if unit is None or branch is None:
        raise PartnerRefused(_("对上要两边都有：哪个单位、哪个支部"))
    return {"unit": unit, "branch": branch}
