"""From the public page to a registered helper: somebody applies, the desk speaks with them and decides."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.actions import recognise, spend, text_shown
from reminders.actions import plan, to_desk, to_person
from reminders.models import Reminder
from volunteers.actions.helpers import register_helper
from volunteers.errors import RegistrationRefused
from volunteers.models import APPLICATION_ARROWS, ApplicationStatus, HelperApplication

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
PER_ADDRESS, PER_PHONE = 10, 5
KEPT_AFTER_A_NO = 90 * DAY


def apply_to_help(
    community,
    *,
    name,
    phone,
    submission_key,
    building=None,
    wish="",
    guardian_name="",
    guardian_phone="",
    address="",
):
    """Somebody wants to help. Returns the `HelperApplication`; the same page sent twice is one application.

    A guardian's name makes it the application of a minor of 14 to 17; younger ones come to the desk with a guardian
    (PIPL art. 31). Whoever waits for an answer already, or helps already, reads the same: a stranger learns nothing.
    Raises `RegistrationRefused` for a guardian without a telephone, `people.errors.TooOften` beyond the limits.
    """
    if known := HelperApplication.objects.filter(submission_key=submission_key).first():
        return known
    if bool(guardian_name) != bool(guardian_phone):
        raise RegistrationRefused(_("请把监护人的姓名和电话都写上"))
    try:
        with transaction.atomic():
            if address:
                spend("helper.address", address, limit=PER_ADDRESS, window=HOUR)
            spend("helper.phone", phone, limit=PER_PHONE, window=DAY)
            person, guardian = _both(community, (name, phone), (guardian_name, guardian_phone))
            made = HelperApplication.objects.create(
                community=community,
                person=person,
                building=building,
                is_minor=guardian is not None,
                guardian=guardian,
                wish=wish[:100],
                consent_text=text_shown(None),
                submission_key=submission_key,
            )
            plan([_to_desk(made)])
    except IntegrityError:  # the same page at the same moment, or somebody who waits for an answer already
        same = HelperApplication.objects.filter(submission_key=submission_key).first()
        return same or HelperApplication.objects.waiting().get(person=person)
    return made


def _both(community, who, guardian):
    """The person and their guardian (None for an adult), each given as (name, phone)."""
    person = recognise(community=community, name=who[0], phone=who[1])
    if not guardian[0]:
        return person, None
    found = recognise(community=community, name=guardian[0], phone=guardian[1])
    if found == person:
        raise RegistrationRefused(_("监护人要是另一位成年人"))
    return person, found


def _to_desk(made):
    return to_desk(
        made.community,
        kind=Reminder.Kind.HELPING,
        dedupe_key=f"helper:{made.pk}:filed",
        subject=_("有人想当志愿者"),
        text=_("请打电话问清楚是不是本人愿意，再登记。"),
        link="/staff/volunteers/",
    )


@transaction.atomic
def accept_application(application, *, by, guardian_asked=False):
    """The desk has spoken with them: register the helper. Returns the `HelperProfile`.

    `guardian_asked` says that the guardian of a minor was spoken with, too.
    Raises `RegistrationRefused` without that, for a second answer, and whatever `register_helper` refuses.
    """
    if application.is_minor and not guardian_asked:
        raise RegistrationRefused(_("不满 18 岁，请先打电话问过监护人，再勾上“问过监护人了”"))
    _settle(application, ApplicationStatus.ACCEPTED, by=by)
    helper = register_helper(
        application.person,
        consent_channel="web",
        grid=application.building.grid if application.building else None,
        guardian=application.guardian,
        guardian_channel="phone" if application.guardian else "",
    )
    text = _("欢迎！会做什么、哪个半天有空，登录以后自己改；没有账号的请到社区开一个。")
    plan([_answer(application, subject=_("您登记为志愿者了"), text=text, link="/me/profile/")])
    return helper


@transaction.atomic
def decline_application(application, *, by, reason):
    """The desk does not register them, or it was not their wish. Raises `RegistrationRefused` without a reason."""
    if not (reason := reason.strip()[:100]):
        raise RegistrationRefused(_("请写为什么没有登记"))
    _settle(application, ApplicationStatus.DECLINED, by=by, reason=reason)
    text = _("这次没有登记：%s。有疑问请打值班电话。") % reason
    plan([_answer(application, subject=_("志愿者报名的答复"), text=text, link="")])


def forget_declined():
    """Erase applications that were declined 90 days ago (domain.md §9.1), so that nobody carries a "no" for ever.

    Returns how many. Those that were accepted are the register's proof of who asked, and stay with the helper.
    """
    old = HelperApplication.objects.filter(
        status=ApplicationStatus.DECLINED, settled_at__lte=timezone.now() - KEPT_AFTER_A_NO
    )
    return old.delete()[0]


def _answer(application, *, subject, text, link):
    return to_person(
        application.person,
        kind=Reminder.Kind.HELPING,
        dedupe_key=f"helper:{application.pk}:answered",
        subject=subject,
        text=text,
        link=link,
    )


def _settle(application, status, *, by, reason=""):
    may_leave = [old for old, new in APPLICATION_ARROWS.items() if status in new]
    rows = HelperApplication.objects.filter(pk=application.pk, status__in=may_leave)
    if not rows.update(status=status, settled_at=timezone.now(), settled_by=by, reason=reason):
        raise RegistrationRefused(_("已经有人答复过了，请看看最新情况"))
