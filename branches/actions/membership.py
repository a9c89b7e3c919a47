"""The register: standing, leaving, letters of transfer, check-ins. The portal records what others have decided."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.actions.posts import end_post
from branches.errors import RegisterRefused
from branches.models import (
    LETTERS_OUT,
    NEXT_STANDING,
    NEXT_TRANSFER,
    CheckIn,
    MembershipTransfer,
    PartyGroup,
    PartyMember,
    Post,
    Standing,
    StandingEvent,
    TransferEvent,
    TransferStatus,
)
from haimengyuan.lib.moments import say_full_day
from people.models import Community
from reminders.actions import plan, to_desk
from reminders.models import Reminder

_S = TransferStatus
DECIDED = (Standing.SUSPENDED, Standing.REMOVED)


# --- standing ----------------------------------------------------------------------------------------------


@transaction.atomic
def set_standing(member, new, *, by, on=None, decided_by="", note=""):
    """Write down how a member stands from a day on (party-member education regulation art. 24). Returns the event.

    A conditional UPDATE decides who was first. Suspension ends posts, removal the membership. Raises `RegisterRefused`
    where the table has no such arrow, without the organisation that decided, or for a day to come.
    """
    old, on = Standing(member.standing), on or timezone.localdate()
    new, decided_by = Standing(new), decided_by.strip()[:60]
    if new not in NEXT_STANDING[old]:
        raise RegisterRefused(_("现在是“%s”，不能这样登记") % old.label)
    if not decided_by and (new in DECIDED or old == Standing.SUSPENDED):
        raise RegisterRefused(_("停止、恢复党籍和除名要写是哪个组织定的，系统只作登记"))
    if on > timezone.localdate() or on < max(member.entered_on, member.standing_since or member.entered_on):
        raise RegisterRefused(_("日期不能晚于今天，也不能早于上一次变动"))
    leaves = {"left_on": on} if new == Standing.REMOVED else {}
    rows = PartyMember.objects.current().filter(pk=member.pk, standing=old)
    if not rows.update(standing=new, standing_since=on, **leaves):
        raise RegisterRefused(_("刚刚有人改过，请看看最新情况"))
    member.refresh_from_db()
    if new in DECIDED:
        _give_up_duties(member, on)
    return StandingEvent.objects.create(
        member=member, old=old, new=new, on=on, decided_by=decided_by, note=note.strip()[:100], by=by
    )


@transaction.atomic
def leave(member, *, on):
    """End a membership on a day: its posts end and its group has no leader any more.

    Raises `RegisterRefused` when it has ended already or would end before it began.
    """
    if on < member.entered_on:
        raise RegisterRefused(_("转出不能早于转入"))
    if not PartyMember.objects.current().filter(pk=member.pk).update(left_on=on):
        raise RegisterRefused(_("这位党员已经转出了"))
    member.left_on = on
    _give_up_duties(member, on)


def _give_up_duties(member, on):
    for post in Post.objects.filter(member=member, ended_on=None).select_related("member__person"):
        end_post(post, on=on)
    PartyGroup.objects.filter(leader=member).update(leader=None)


# --- letters -----------------------------------------------------------------------------------------------


@transaction.atomic
def open_transfer(person, *, by, from_branch=None, to_branch=None, outside="", **facts):
    """Begin a transfer. A letter that somebody outside wrote is on its way already and needs its day of issue.

    `facts` are columns of `MembershipTransfer` (kind, joined_on, letter, valid_days, issued_on). Returns the row.
    Raises `RegisterRefused` when two sides are missing, when one is open already, or the member is not there.
    """
    outside = outside.strip()[:60]
    comes_from_outside = from_branch is None
    if not (from_branch or to_branch) or bool(outside) != (from_branch is None or to_branch is None):
        raise RegisterRefused(_("请写清从哪里来、到哪里去"))
    if from_branch and from_branch == to_branch:
        raise RegisterRefused(_("两边是同一个支部"))
    if comes_from_outside and not facts.get("issued_on"):
        raise RegisterRefused(_("请写介绍信是哪天开的"))
    if not comes_from_outside:
        member = _member_of(person, from_branch)
        facts |= {"kind": member.kind, "joined_on": member.joined_on, "issued_on": None}
    status = _S.IN_TRANSIT if comes_from_outside else _S.DRAFT
    values = {"person": person, "from_branch": from_branch, "to_branch": to_branch, "outside": outside}
    try:
        with transaction.atomic():
            made = MembershipTransfer.objects.create(status=status, **values, **facts)
    except IntegrityError as error:
        raise RegisterRefused(_("这位党员已经有一份没办完的转接")) from error
    TransferEvent.objects.create(transfer=made, old_status=_S.DRAFT, new_status=status, by=by)
    return made


def _member_of(person, branch):
    kinds = [PartyMember.Kind.FULL, PartyMember.Kind.PROBATIONARY]
    found = PartyMember.objects.current().filter(person=person, branch=branch, kind__in=kinds).first()
    if found is None:
        raise RegisterRefused(_("这个人的组织关系不在这个支部"))
    return found


@transaction.atomic
def move_transfer(transfer, new, *, by, on=None, letter="", note=""):
    """Move a letter along `NEXT_TRANSFER` and leave a `TransferEvent`. Returns the event.

    Issuing takes its number and day; being received hands the member over on that day (regulation art. 25: until then
    the old organisation stays responsible). A conditional UPDATE decides who was first. Raises `RegisterRefused`.
    """
    old, new, today = _S(transfer.status), _S(new), timezone.localdate()
    if new not in NEXT_TRANSFER[old]:
        raise RegisterRefused(_("现在是“%s”，不能这样办，请看看最新情况") % old.label)
    on = on or today
    values = _values_of(transfer, new, on=on, letter=letter.strip()[:30], today=today)
    if not MembershipTransfer.objects.filter(pk=transfer.pk, status=old).update(status=new, **values):
        raise RegisterRefused(_("刚刚有人办过这一步，请看看最新情况"))
    transfer.refresh_from_db()
    if new == _S.RECEIVED:
        _hand_over(transfer, on)
    return TransferEvent.objects.create(
        transfer=transfer, old_status=old, new_status=new, note=note.strip()[:100], by=by
    )


def _values_of(transfer, new, *, on, letter, today):
    """The columns that a step sets; raises `RegisterRefused` for a day that cannot be."""
    if on > today:
        raise RegisterRefused(_("日期不能晚于今天"))
    if new == _S.ISSUED:
        if not letter:
            raise RegisterRefused(_("请写介绍信编号"))
        return {"issued_on": on, "letter": letter}
    if new == _S.RECEIVED:
        if not transfer.issued_on <= on <= transfer.valid_until:
            raise RegisterRefused(
                _("介绍信从 %(first)s 到 %(last)s 有效，收下的日期要在这段时间里")
                % {"first": say_full_day(transfer.issued_on), "last": say_full_day(transfer.valid_until)}
            )
        return {"received_on": on}
    if new == _S.EXPIRED and transfer.valid_until >= today:
        raise RegisterRefused(_("介绍信到 %s 都有效") % say_full_day(transfer.valid_until))
    return {}


def _hand_over(transfer, on):
    """End the membership in the old branch and begin the one in the new branch, where they are ours."""
    converted_on = None
    if transfer.from_branch_id:
        old = _member_of(transfer.person, transfer.from_branch)
        converted_on = old.converted_on
        leave(old, on=on)
    if not transfer.to_branch_id:
        return
    for serving in PartyMember.objects.current().filter(
        person=transfer.person, kind=PartyMember.Kind.SERVING
    ):
        leave(serving, on=max(on, serving.entered_on))
    try:
        with transaction.atomic():
            PartyMember.objects.create(
                person=transfer.person,
                branch=transfer.to_branch,
                kind=transfer.kind,
                joined_on=transfer.joined_on,
                converted_on=converted_on,
                entered_on=on,
            )
    except IntegrityError as error:
        raise RegisterRefused(_("这个人还在别的支部，请先办那边的转出")) from error


def expire_letters(today=None):
    """Let letters past their last day expire and tell the desk. Safe to repeat; returns how many expired."""
    today = today or timezone.localdate()
    out = MembershipTransfer.objects.filter(status__in=LETTERS_OUT, issued_on__lt=today)
    late = [each for each in out.select_related("person__community") if each.valid_until < today]
    return sum(_expire(transfer) for transfer in late)


@transaction.atomic
def _expire(transfer):
    try:
        move_transfer(transfer, _S.EXPIRED, by=None, note=_("过了有效期"))
    except RegisterRefused:  # somebody moved it on in this moment
        return 0
    plan(
        [
            to_desk(
                transfer.person.community,
                kind=Reminder.Kind.MEETING,
                dedupe_key=f"transfer:{transfer.pk}:expired:{transfer.issued_on:%Y%m%d}",
                subject=_("组织关系介绍信过期了"),
                text=_("%s的介绍信过了有效期，回执还没来。请问问对方，要不要重开一份。")
                % transfer.person.masked_name,
            )
        ]
    )
    return 1


# --- check-ins ---------------------------------------------------------------------------------------------


@transaction.atomic
def check_in(community, *, unit=None, unit_name="", member=None, on=None, willing=""):
    """Write down that a unit, or a serving member of one, has reported (双报到). Returns the `CheckIn`.

    Raises `RegisterRefused` for a member of another kind, without a unit, or when it has been done already.
    """
    kind = CheckIn.Kind.PERSON if member else CheckIn.Kind.UNIT
    if member and member.kind != PartyMember.Kind.SERVING:
        raise RegisterRefused(_("只有在职党员才要报到"))
    if not (unit or (member and unit_name.strip())):
        raise RegisterRefused(_("请选或写是哪个单位"))
    on = on or timezone.localdate()
    Community.objects.select_for_update().get(pk=community.pk)  # numbers run without gaps
    last = CheckIn.objects.filter(community=community, year=on.year).aggregate(n=Max("number"))["n"] or 0
    try:
        with transaction.atomic():
            return CheckIn.objects.create(
                community=community,
                kind=kind,
                year=on.year,
                number=last + 1,
                unit=unit,
                unit_name="" if unit else unit_name.strip()[:60],
                member=member,
                on=on,
                willing=willing.strip()[:100],
            )
    except IntegrityError as error:
        raise RegisterRefused(_("已经报到过了，不用再报")) from error


def end_check_in(row, *, on=None):
    """It reports here no longer. Raises `RegisterRefused` when that was written down already."""
    on = on or timezone.localdate()
    if not CheckIn.objects.current().filter(pk=row.pk, on__lte=on).update(ended_on=on):
        raise RegisterRefused(_("这一条已经结束了，或者日期早于报到那天"))
    row.refresh_from_db()


def give_feedback(row, *, text, on=None):
    """What the community tells the unit about the service, at least once a year (domain.md §1.4)."""
    if not (text := text.strip()):
        raise RegisterRefused(_("请写反馈"))
    CheckIn.objects.filter(pk=row.pk).update(feedback=text[:200], feedback_on=on or timezone.localdate())
    row.refresh_from_db()
