"""Publishing notices and answering objections to what is disclosed (features.md I01, I02)."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.errors import NoticeRefused
from branches.models import Notice, NoticeBoard, NoticeObjection
from people.actions import spend, take_in, text_shown
from people.models import Consent
from reminders.actions import plan, to_desk, to_person
from reminders.models import Reminder

OBJECTIONS_PER_ADDRESS = 10  # an hour
LEAST_DAYS = 5  # of a disclosure, both ends included


@transaction.atomic
def publish(notice, *, by, grids=(), buildings=()):
    """Save a new or changed notice with its grids and buildings (none is everybody). Returns it.

    A user who keeps single grids publishes to those alone. Raises `NoticeRefused`.
    """
    grids, buildings = list(grids), list(buildings)
    if not by.may("see_all_grids") and not grids and not buildings:
        raise NoticeRefused(_("请选您的网格；发给全社区的，请社区来发"))
    if not notice.expires_on or notice.expires_on < notice.shows_on:
        raise NoticeRefused(_("请写到哪天为止，不能早于开始那天"))
    if notice.is_disclosure and (notice.expires_on - notice.shows_on).days + 1 < LEAST_DAYS:
        raise NoticeRefused(_("公示至少 %d 天，大家才来得及看") % LEAST_DAYS)
    _check_draft(notice)
    notice.published_by = notice.published_by or by
    notice.changed_at = timezone.now()
    notice.save()
    notice.grids.set(grids)
    notice.buildings.set(buildings)
    turn_page(notice.community_id)
    return notice


def _check_draft(notice):
    """A draft that goes out late shows as many days as it was written for; what was shown is never a draft again."""
    known = (
        Notice.objects.filter(pk=notice.pk).values_list("is_draft", flat=True).first() if notice.pk else None
    )
    if known is False and notice.is_draft:
        raise NoticeRefused(_("已经发出去的不能变回草稿。要停下来，请改“到哪天”"))
    late = timezone.localdate() - notice.shows_on
    if known and not notice.is_draft and late > dt.timedelta():
        notice.shows_on, notice.expires_on = notice.shows_on + late, notice.expires_on + late


def turn_page(community_id):
    """Make every cached page with notices or activities stale, by the community's version row."""
    NoticeBoard.objects.get_or_create(community_id=community_id)
    NoticeBoard.objects.filter(community_id=community_id).update(number=F("number") + 1)


@transaction.atomic
def object_to(notice, *, text, name, phone, submission_key, address):
    """Say something to a disclosure within its period. Returns the `NoticeObjection`; the same key gives the same one.

    Raises `NoticeRefused` outside the period, or `people.errors.TooOften`.
    """
    if known := NoticeObjection.objects.filter(submission_key=submission_key).first():
        return known
    if not (notice.is_disclosure and notice.is_current):
        raise NoticeRefused(_("公示期已经过了。有意见请打社区值班电话"))
    spend("notice.address", address, limit=OBJECTIONS_PER_ADDRESS, window=dt.timedelta(hours=1))
    who = {"community": notice.community, "name": name, "phone": phone}
    person = take_in(**who, purpose=Consent.Purpose.TOPIC, channel="web")
    said = {"text": text, "consent_text": text_shown(None), "submission_key": submission_key}
    made = NoticeObjection.objects.create(notice=notice, person=person, **said)
    told = to_desk(
        notice.community,
        kind=Reminder.Kind.NOTICE,
        dedupe_key=f"notice:{notice.pk}:objection:{made.pk}",
        subject=(_("对公示有意见：%s") % notice.title)[:80],
        text=_("请在公示期内答复。"),
        link=f"/admin/branches/noticeobjection/{made.pk}/change/",
    )
    plan([told])
    return made


@transaction.atomic
def answer_objection(objection, *, answer):
    """Answer an objection; whoever raised it reads it. Raises `NoticeRefused` without words."""
    answer = answer.strip()[:200]
    if not answer:
        raise NoticeRefused(_("请写答复"))
    objection.answer = answer
    objection.save(update_fields=["answer"])
    told = to_person(
        objection.person,
        kind=Reminder.Kind.NOTICE,
        rests_on=Consent.Purpose.TOPIC,
        dedupe_key=f"notice:{objection.notice_id}:answer:{objection.pk}",
        subject=_("您对公示的意见有答复了"),
        text=answer,
        link=f"/notices/{objection.notice_id}/",
    )
    plan([told])


def current_notices(community, *, limit):
    """The notices that everybody in the community may see on a first page, as a list."""
    rows = Notice.objects.in_community(community.pk).current()
    return list(rows.in_order()[:limit])
