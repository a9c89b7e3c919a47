"""Twenty at once: certificates without a gap, one answer to a claim, one correction, no hour spent twice."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.makers import make_person, make_user, open_time_bank
from tests.races.harness import kinds, run_together
from volunteers.actions import (
    accept_claim,
    apply_to_help,
    ask_for_certificate,
    claim_missing,
    correct_hours,
    decline_claim,
    grant_request,
    issue_certificate,
    open_account,
    record_hours,
    spend_time,
)
from volunteers.errors import CertificateRefused, HoursRefused, TimeBankRefused
from volunteers.models import (
    Certificate,
    CertificateRequest,
    CertificateSeries,
    HelperApplication,
    HourClaim,
    HourEntry,
    TimeAccount,
    TimeTransfer,
)

pytestmark = pytest.mark.django_db(transaction=True)
TRIES = 20


def worked(minutes=60):
    person = make_person()
    return person, record_hours(person, minutes, what="陪诊", source_key=f"race:{person.pk}")


def days():
    today = timezone.localdate()
    return {"since": today - dt.timedelta(days=30), "until": today}


def test_certificates_at_once_are_numbered_without_a_gap():
    people, desk = [worked()[0] for _one in range(TRIES)], make_user()
    outcomes = run_together(
        [lambda person=person: lambda: issue_certificate(person, by=desk, **days()) for person in people]
    )
    assert kinds(outcomes) == {None: TRIES}
    serials = sorted(Certificate.objects.values_list("serial", flat=True))
    assert serials == list(range(1, TRIES + 1))


def test_the_naive_number_is_given_several_times_in_the_same_harness():
    person = worked()[0]
    CertificateSeries.objects.create(community=person.community, year=2026)
    given = []

    def worker():
        last = CertificateSeries.objects.get().last

        def act():
            CertificateSeries.objects.update(last=last + 1)
            given.append(last + 1)

        return act

    run_together([worker] * TRIES)
    assert len(set(given)) == 1


def test_one_request_is_granted_once_and_leaves_no_gap():
    person, _entry = worked()
    asked, desk = ask_for_certificate(person, **days()), make_user()

    def worker():
        seen = CertificateRequest.objects.select_related("person").get(pk=asked.pk)
        return lambda: grant_request(seen, by=desk)

    outcomes = run_together([worker] * TRIES)
    assert kinds(outcomes) == {None: 1, CertificateRefused: TRIES - 1}
    assert (Certificate.objects.count(), CertificateSeries.objects.get().last) == (1, 1)


def test_one_claim_has_one_answer():
    person = make_person()
    made = claim_missing(person, what="扫雪", served_on=timezone.localdate(), minutes=60, submission_key="k")
    desk = make_user()

    def worker(accepts):
        def read():
            seen = HourClaim.objects.select_related("person").get(pk=made.pk)
            if accepts:
                return lambda: accept_claim(seen, by=desk, minutes=60, answer="是的") and None
            return lambda: decline_claim(seen, by=desk, answer="没有")

        return read

    outcomes = run_together([worker(index % 2) for index in range(TRIES)])
    assert kinds(outcomes) == {None: 1, HoursRefused: TRIES - 1}
    made.refresh_from_db()
    assert HourEntry.objects.count() == (made.status == "accepted")


def test_corrections_at_once_never_add_up():
    _person, entry = worked()

    def worker():
        seen = HourEntry.objects.get(pk=entry.pk)
        return lambda: correct_hours(seen, to=30, why="记多了") and None

    outcomes = run_together([worker] * TRIES)
    assert set(kinds(outcomes)) <= {None, HoursRefused}
    assert HourEntry.objects.total_minutes() == 30
    assert HourEntry.objects.exclude(corrects=None).count() == 1


def test_one_person_applies_once_from_many_pages():
    community = make_person().community

    def worker(index):
        return lambda: (
            lambda: apply_to_help(
                community, name="林小海", phone="13800006611", submission_key=f"k{index % 4}"
            )
        )

    outcomes = run_together([worker(index) for index in range(5)])
    assert kinds(outcomes) == {None: 5}
    assert HelperApplication.objects.count() == 1


@pytest.mark.parametrize(("minutes", "paid"), [(60, 1), (30, 2), (20, 3)])
def test_the_same_hours_are_never_spent_twice(minutes, paid):
    open_time_bank()
    person = make_person()
    account = open_account(person)
    record_hours(person, 60, what="陪诊", source_key="order:1:0")

    def worker(index):
        return lambda: lambda: spend_time(person, minutes, what="理发", source_key=f"order:9:{index}")

    outcomes = run_together([worker(index) for index in range(TRIES)])
    assert kinds(outcomes) == {None: paid, TimeBankRefused: TRIES - paid}
    assert TimeAccount.objects.balance_of(account) == 0


def test_the_naive_spending_overdraws_in_the_same_harness():
    open_time_bank()
    person = make_person()
    account = open_account(person)
    record_hours(person, 60, what="陪诊", source_key="order:1:0")
    bank = TimeAccount.objects.get(person=None)

    def worker():
        enough = TimeAccount.objects.balance_of(account) >= 60

        def act():
            if enough:
                turn = TimeTransfer.objects.filter(giver=account).count() + 1_000 + id(act) % 1_000_000
                TimeTransfer.objects.create(
                    giver=account, taker=bank, minutes=60, kind="spend", what="理发", turn=turn
                )

        return act

    run_together([worker] * 4)
    assert TimeAccount.objects.balance_of(account) < 0
