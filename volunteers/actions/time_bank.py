"""The time bank: one hour served is one hour to be helped. No money, no ranking, off unless a community opens it."""

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from volunteers.errors import TimeBankRefused
from volunteers.models import TimeAccount, TimeBank, TimeTransfer

TRIES = 5
MINUTES_AT_ONCE = 24 * 60


def is_open(community_id):
    """Whether this community runs a time bank."""
    return TimeBank.objects.filter(community=community_id, is_open=True).exists()


def open_account(person):
    """An account for `person`, who wants one; asking twice gives the same. Raises `TimeBankRefused` without a bank."""
    if not is_open(person.community_id):
        raise TimeBankRefused(_("社区还没有开办时间银行"))
    account, _created = TimeAccount.objects.get_or_create(
        person=person, defaults={"community_id": person.community_id}
    )
    return account


def _community_account(community_id):
    return TimeAccount.objects.get_or_create(community_id=community_id, person=None)[0]


def bank_entry(entry):
    """Put the minutes of an `HourEntry` into the account of who served them; a negative correction takes them out.

    Returns the transfer, None where there is no open bank or no account. Hours from before the account stay out.
    A correction counts only where the service itself was put in, and may leave less than nothing.
    """
    account = TimeAccount.objects.filter(person=entry.person_id, community__time_bank__is_open=True).first()
    if account is None or (entry.corrects_id and not hasattr(entry.corrects, "time_transfer")):
        return None
    bank = _community_account(account.community_id)
    columns = {"entry": entry, "what": entry.what[:80]}
    if entry.minutes > 0:
        return _move(bank, account, entry.minutes, kind=TimeTransfer.Kind.EARN, **columns)
    return _take(account, bank, -entry.minutes, kind=TimeTransfer.Kind.COUNTER, may_owe=True, **columns)


@transaction.atomic
def spend_time(person, minutes, *, what, source_key, by=None):
    """Pay `minutes` for a service that `person` received. The same source is paid once. Returns the transfer.

    Raises `TimeBankRefused` without an open bank or an account, for no time at all, and when less is left than that.
    """
    if not is_open(person.community_id):
        raise TimeBankRefused(_("社区还没有开办时间银行"))
    if known := TimeTransfer.objects.filter(source_key=source_key).first():
        return known
    account = TimeAccount.objects.filter(person=person).first()
    if account is None:
        raise TimeBankRefused(_("这位还没有开时间账户"))
    if not 1 <= minutes <= MINUTES_AT_ONCE:
        raise TimeBankRefused(_("时长要在 1 分钟到 24 小时之间"))
    bank = _community_account(account.community_id)
    kind = TimeTransfer.Kind.SPEND
    return _take(account, bank, minutes, kind=kind, what=what[:80], source_key=source_key, by=by)


@transaction.atomic
def counter_transfer(transfer, *, why, by):
    """Move the same minutes back: nothing is deleted. Returns the counter-entry.

    Raises `TimeBankRefused` without a reason, for a second time, and for a counter-entry itself. What an hour entry put
    in is corrected there (`correct_hours`), so that ledger and bank cannot differ.
    """
    if not (why := why.strip()[:80]):
        raise TimeBankRefused(_("请写为什么更正"))
    if transfer.kind != TimeTransfer.Kind.SPEND:
        raise TimeBankRefused(_("服务存入的时间，请去更正那一条服务时长"))
    kind = TimeTransfer.Kind.COUNTER
    try:
        with transaction.atomic():
            return _move(
                transfer.taker,
                transfer.giver,
                transfer.minutes,
                kind=kind,
                what=why,
                reverses=transfer,
                by=by,
            )
    except IntegrityError as error:
        raise TimeBankRefused(_("这一笔已经更正过了")) from error


def _take(account, taker, minutes, *, may_owe=False, **columns):
    """Let minutes leave a person's account: what was read is true still if nobody else took the same turn.

    How many turns there were and what they moved is one statement, so a turn that is free has a balance that holds; only
    incoming time can be missed, and that leaves more than was counted. Raises `TimeBankRefused`.
    """
    for _try in range(TRIES):
        turns = TimeTransfer.objects.filter(Q(giver=account) | Q(taker=account)).aggregate(
            out=Sum("minutes", filter=Q(giver=account), default=0),
            into=Sum("minutes", filter=Q(taker=account), default=0),
            n=Count("pk", filter=Q(giver=account)),
        )
        if not may_owe and turns["into"] - turns["out"] < minutes:
            raise TimeBankRefused(_("账户里的时间不够"))
        try:
            with transaction.atomic():
                return _move(account, taker, minutes, turn=turns["n"] + 1, **columns)
        except IntegrityError:
            continue
    raise TimeBankRefused(_("刚刚有人也在用这个账户，请再试一次"))


def _move(giver, taker, minutes, **columns):
    return TimeTransfer.objects.create(giver=giver, taker=taker, minutes=minutes, **columns)
