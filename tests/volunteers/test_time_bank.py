"""The time bank: off by default, every transfer is both entries, nothing is spent that is not there."""

import pytest
from django.db import IntegrityError, transaction

from tests.makers import make_community, make_person, make_user, open_time_bank
from volunteers.actions import (
    correct_hours,
    counter_transfer,
    open_account,
    record_hours,
    spend_time,
    withdraw_hours,
)
from volunteers.errors import TimeBankRefused
from volunteers.models import HourEntry, TimeAccount, TimeTransfer

pytestmark = pytest.mark.django_db


def balance(account):
    return TimeAccount.objects.balance_of(account)


def make_account(minutes=0):
    open_time_bank()
    account = open_account(make_person())
    if minutes:
        record_hours(account.person, minutes, what="陪诊", source_key=f"order:{account.pk}:0")
    return account


class TestOffByDefault:
    def test_without_a_row_nothing_is_banked_opened_or_spent(self):
        person = make_person()
        record_hours(person, 60, what="陪诊", source_key="a")
        for act in (
            lambda: open_account(person),
            lambda: spend_time(person, 10, what="理发", source_key="b"),
        ):
            with pytest.raises(TimeBankRefused):
                act()
        assert (TimeAccount.objects.count(), TimeTransfer.objects.count()) == (0, 0)

    def test_of_another_community_it_is_another_bank(self):
        open_time_bank(make_community(code="370614001015", name="别的社区", host="b.example"))
        with pytest.raises(TimeBankRefused):
            open_account(make_person())

    def test_closing_stops_everything_and_keeps_the_passbook(self):
        account = make_account(60)
        bank = open_time_bank()
        bank.is_open = False
        bank.save()
        record_hours(account.person, 60, what="巡逻", source_key="later")
        with pytest.raises(TimeBankRefused):
            spend_time(account.person, 10, what="理发", source_key="b")
        assert balance(account) == 60


class TestEarning:
    def test_only_who_wants_an_account_and_only_from_then_on(self):
        open_time_bank()
        person, other = make_person(), make_person()
        record_hours(person, 60, what="早先的", source_key="a")
        account = open_account(person)
        assert open_account(person) == account
        record_hours(person, 45, what="陪诊", source_key="b")
        record_hours(other, 45, what="陪诊", source_key="c")
        assert (balance(account), TimeTransfer.objects.count()) == (45, 1)

    def test_corrections_follow_even_below_nothing(self):
        account = make_account(60)
        spend_time(account.person, 50, what="理发", source_key="s")
        entry = HourEntry.objects.get()
        correct_hours(entry, to=20, why="记多了")
        assert balance(account) == -30
        correct_hours(entry, to=90, why="原来是对的，还少了")
        assert balance(account) == 40

    def test_a_correction_of_what_was_never_banked_stays_out(self):
        open_time_bank()
        person = make_person()
        entry = record_hours(person, 60, what="早先的", source_key="a")
        account = open_account(person)
        correct_hours(entry, to=120, why="少记了")
        assert balance(account) == 0

    def test_a_service_that_is_taken_back_leaves_ledger_and_bank_alike(self):
        account = make_account(60)
        assert withdraw_hours(f"order:{account.pk}:0")
        assert (balance(account), HourEntry.objects.total_minutes(), HourEntry.objects.count()) == (0, 0, 2)


class TestSpending:
    @pytest.mark.parametrize(
        ("minutes", "fits"), [(1, True), (60, True), (61, False), (0, False), (-5, False)]
    )
    def test_what_is_there(self, minutes, fits):
        account = make_account(60)
        if fits:
            spend_time(account.person, minutes, what="理发", source_key="s")
        else:
            with pytest.raises(TimeBankRefused):
                spend_time(account.person, minutes, what="理发", source_key="s")
        assert balance(account) == 60 - minutes * fits

    def test_the_same_source_is_paid_once(self):
        account = make_account(60)
        first = spend_time(account.person, 20, what="理发", source_key="s")
        assert spend_time(account.person, 20, what="理发", source_key="s") == first
        assert balance(account) == 40

    def test_a_mistake_is_moved_back_once_by_a_counter_entry(self):
        account, desk = make_account(60), make_user()
        spent = spend_time(account.person, 20, what="理发", source_key="s")
        with pytest.raises(TimeBankRefused):
            counter_transfer(spent, why=" ", by=desk)
        back = counter_transfer(spent, why="记错人了", by=desk)
        for row in (spent, back, TimeTransfer.objects.get(kind="earn")):
            with pytest.raises(TimeBankRefused):
                counter_transfer(row, why="再来", by=desk)
        assert (balance(account), TimeTransfer.objects.count()) == (60, 3)


def test_all_accounts_sum_to_nothing_whatever_happens():
    account, other = make_account(60), make_account(90)
    spent = spend_time(account.person, 20, what="理发", source_key="s")
    spend_time(other.person, 30, what="理发", source_key="t")
    counter_transfer(spent, why="记错人了", by=make_user())
    correct_hours(HourEntry.objects.get(person=other.person), to=50, why="记多了")
    balances = [balance(each) for each in TimeAccount.objects.all()]
    assert (sum(balances), len(balances), any(balances)) == (0, 3, True)


@pytest.mark.parametrize(
    "columns",
    [
        {"minutes": 0},
        {"minutes": -10},
        {"taker": "giver"},
        {"kind": "gift"},
        {"kind": "earn"},
        {"kind": "spend", "turn": None},
        {"turn": 1},
    ],
)
def test_the_database_refuses(columns):
    account = make_account(60)
    spend_time(account.person, 10, what="理发", source_key="s")
    bank = TimeAccount.objects.get(person=None)
    values = {
        "giver": account,
        "taker": bank,
        "minutes": 10,
        "kind": "spend",
        "what": "x",
        "turn": 2,
    } | columns
    if values["taker"] == "giver":
        values["taker"] = account
    with pytest.raises(IntegrityError), transaction.atomic():
        TimeTransfer.objects.create(**values)
