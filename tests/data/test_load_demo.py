"""The invented month: believable in its numbers, legal in every step, and nobody in it could be real."""

import datetime as dt
import re
import stat
from collections import Counter, defaultdict

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from branches.actions import announce_terms, arrears, ask_for_month, plan_life
from branches.models import (
    SIX_STEPS,
    BranchGrid,
    DuesPayment,
    Meeting,
    MembershipTransfer,
    Motion,
    Notice,
    NoticeObjection,
    PartnerLine,
    PartyBranch,
    PartyMember,
    Poll,
    Post,
    ReceiptSeries,
    Topic,
)
from branches.rules.voting import passes
from grids.models import (
    Appointment,
    Booking,
    Building,
    CarePlan,
    Cover,
    Duty,
    Grid,
    Household,
    Residency,
    Venue,
    Visit,
)
from haimengyuan.demo import SIZES, invented, load_demo
from haimengyuan.demo.branch_life import CARELESS, DEPUTIES
from haimengyuan.demo.loading import AlreadyLoaded
from haimengyuan.demo.places import PLACES, spread
from haimengyuan.reference.rows import FILES
from people.models import Consent, Person, Role, User
from reminders.actions import plan
from reminders.models import Reminder
from services.actions import (
    accept,
    answer_question,
    close_unanswered,
    confirm,
    rate,
    remind_deadlines,
    reopen,
    reply,
    solve,
    take,
    time_out_offers,
)
from services.models import (
    NEXT_STATUSES,
    CatalogueVersion,
    Offer,
    OrderEvent,
    OrderStatus,
    Rating,
    ServiceOrder,
)
from services.models.states import CLOSED_STATUSES, OPEN_STATUSES
from services.numbers import is_number
from tests.makers import make_person, patch_now, shanghai
from volunteers.models import (
    Activity,
    Certificate,
    FreeHalfDay,
    HelperApplication,
    HelperProfile,
    HourClaim,
    HourEntry,
    Team,
    TimeBank,
)

PASSWORD = "a-password-of-the-demo"
# a usual morning, a night, a weekend, the minute of opening, the evening before a holiday, the middle of one
MOMENTS = [
    shanghai(2026, 11, 24, 10, 20),
    shanghai(2026, 11, 25, 1, 40),
    shanghai(2026, 11, 28, 15, 5),
    shanghai(2026, 11, 23, 8, 31),
    shanghai(2026, 9, 30, 17, 45),
    shanghai(2027, 2, 7, 11, 0),
]
ONE_MOMENT = MOMENTS[0]


# what the calendar does to the demo is the same on each database
FIRST_ON_BOTH = [MOMENTS[0], *(pytest.param(moment, marks=pytest.mark.once) for moment in MOMENTS[1:])]


@pytest.fixture(scope="module", params=FIRST_ON_BOTH, ids=lambda moment: f"{moment:%m-%d-%H%M}")
def demo(request, django_db_setup, django_db_blocker):
    """The small demo as it is loaded at one moment; the tests of this module only read."""
    with django_db_blocker.unblock(), transaction.atomic(), patch_now(request.param):
        load_demo(SIZES["small"], password=PASSWORD)
        yield request.param
        transaction.set_rollback(True)


def events_by_order():
    found = defaultdict(list)
    for event in OrderEvent.objects.in_order():
        found[event.order_id].append(event)
    return found


def test_every_path_is_legal_and_ends_where_the_order_is(demo):
    events = events_by_order()
    assert set(events) == set(ServiceOrder.objects.values_list("pk", flat=True))
    for order in ServiceOrder.objects.all():
        first, *others = events[order.pk]
        assert (first.old_status, first.new_status, first.at) == ("", "submitted", order.submitted_at)
        status = first.new_status
        for event in others:
            assert event.old_status == status
            assert event.new_status in NEXT_STATUSES[OrderStatus(status)]
            status = event.new_status
        assert (order.status, order.moved_at) == (status, events[order.pk][-1].at)


def test_time_runs_forward_and_stops_at_the_present(demo):
    for events in events_by_order().values():
        moments = [event.at for event in events]
        assert moments == sorted(moments)
        assert moments[-1] <= demo
    moments = list(OrderEvent.objects.in_order().values_list("at", flat=True))
    assert moments == sorted(moments)


def test_all_statuses_occur_and_most_orders_are_over(demo):
    counts = Counter(ServiceOrder.objects.values_list("status", flat=True))
    assert set(counts) == set(OrderStatus.values)
    assert counts["confirmed"] > sum(counts[status] for status in OPEN_STATUSES) / 2


def test_the_desk_finds_a_few_late_ones_and_not_a_heap(demo):
    assert 3 <= ServiceOrder.objects.overdue(demo).count() <= 10
    assert 2 <= ServiceOrder.objects.waiting_for_desk().filter(dispatch_due_at__lt=demo).count() <= 8
    assert ServiceOrder.objects.waiting_for_desk().filter(grid=None).count() >= 1
    tomorrow = demo + dt.timedelta(days=12)
    assert ServiceOrder.objects.due_within(demo, tomorrow).count() >= 5


def test_ends_hours_and_ratings_fit_their_orders(demo):
    for order in ServiceOrder.objects.all():
        assert (order.ended_at is not None) == (order.status in CLOSED_STATUSES)
        assert bool(order.result) == (order.status in CLOSED_STATUSES)
        assert (order.ended_as != "") == (order.status in CLOSED_STATUSES)
        assert order.due_at > order.submitted_at
    for rating in Rating.objects.select_related("order"):
        assert rating.order.status in CLOSED_STATUSES
        assert rating.rated_at >= rating.order.ended_at
    solved = {
        f"order:{pk}" for pk in OrderEvent.objects.filter(new_status="solved").values_list("order", flat=True)
    }
    sources = {entry.source_key for entry in HourEntry.objects.all()}
    assert sources - {f"visit:{visit.pk}" for visit in Visit.objects.all()} == {
        source for source in sources if source.rpartition(":")[0] in solved
    }
    assert HourEntry.objects.count() > 20


def test_offers_tell_the_same_story_as_the_events(demo):
    for order in ServiceOrder.objects.prefetch_related("offers"):
        answers = Counter(made.answer for made in order.offers.all())
        assert (answers[""] > 0) == (order.status == OrderStatus.OFFERED)
        assert answers["accepted"] <= 1
        for made in order.offers.all():
            assert made.answered_at is None or made.offered_at <= made.answered_at <= demo
            if made.answer == Offer.Answer.ACCEPTED:
                assert made.person_id == order.assigned_to_id
    assert Offer.objects.late(demo).count() == 0


def test_the_timers_find_nothing_to_send_again(demo):
    assert Reminder.objects.exclude(status="sent").count() == 0
    with transaction.atomic():
        assert time_out_offers() == 0
        remind_deadlines()
        assert Reminder.objects.exclude(status="sent").count() == 0
        assert close_unanswered() <= 3  # those of today, before the tick of the morning
        transaction.set_rollback(True)


def test_a_message_of_the_month_is_not_planned_twice(demo):
    sent = Reminder.objects.filter(kind="order_new", address__startswith="desk:").first()
    plan([Reminder(community=sent.community, address=sent.address, dedupe_key=sent.dedupe_key, kind=sent.kind,
                   subject="x", text="x", expires_at=demo)])  # fmt: skip
    assert Reminder.objects.filter(dedupe_key=sent.dedupe_key, address=sent.address).count() == 1


def test_the_actions_go_on_where_the_month_ends(demo):
    staff = User.objects.get_by_natural_key("staff")
    orders = {order.status: order for order in ServiceOrder.objects.with_related()}
    with transaction.atomic():
        made = (
            Offer.objects.unanswered().select_related("order__service", "order__community", "person").first()
        )
        accept(made)
        solve(made.order, actor=made.person, result="办好了", minutes=30)
        rate(made.order, score=5)
        confirm(made.order, actor=made.order.contact)
        answer_question(orders["waiting"], actor=staff, text="二单元")
        reply(orders["escalated"], actor=staff, result="街道已办")
        reopen(orders["solved"], actor=staff, words="还是不行")
        take(orders["submitted"], by=staff, person=None)
        for order in (
            made.order,
            orders["waiting"],
            orders["escalated"],
            orders["solved"],
            orders["submitted"],
        ):
            order.refresh_from_db()
        statuses = [made.order.status] + [
            orders[name].status for name in ("waiting", "escalated", "solved", "submitted")
        ]
        assert statuses == ["confirmed", "accepted", "replied", "submitted", "accepted"]
        transaction.set_rollback(True)


def test_every_order_has_a_right_number_and_says_that_it_is_invented(demo):
    assert ServiceOrder.objects.filter(is_demo=False).count() == 0
    assert [
        number for number in ServiceOrder.objects.values_list("number", flat=True) if not is_number(number)
    ] == []
    for order in ServiceOrder.objects.select_related("grid", "building", "dwelling").exclude(building=None):
        assert order.grid_id == order.building.grid_id
        assert order.dwelling.building_id == order.building_id


def test_nobody_could_be_real(demo):
    assert Person.objects.filter(is_demo=False).count() == 0
    fictional = re.compile(r"1420000\d{4}|0535000\d{4}")
    for person in Person.objects.all():
        assert person.phone == "" or fictional.fullmatch(person.phone)
        assert person.id_number == "" or person.id_number.startswith("999999")
    with_phone = Person.objects.exclude(phone_hash="")
    assert with_phone.values("phone_hash").distinct().count() == with_phone.count()
    assert [
        a.work_phone
        for a in Appointment.objects.exclude(work_phone="")
        if not fictional.fullmatch(a.work_phone)
    ] == []


def test_identity_numbers_are_well_formed_and_fit_the_person(demo):
    weights, letters = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
    known = Person.objects.exclude(id_number_hash="")
    assert known.count() >= 20
    for person in known:
        number = person.id_number
        assert letters[sum(w * int(d) for w, d in zip(weights, number, strict=False)) % 11] == number[17]
        assert number[6:14] == f"{person.birth_date:%Y%m%d}"
        assert int(number[16]) % 2 == (person.gender == Person.Gender.MALE)


def test_the_register_is_whole(demo):
    assert Household.objects.count() == 420
    assert [grid.number for grid in Grid.objects.filter(is_demo=True)] == list(range(1, 15))
    assert Residency.objects.filter(relation="head").count() == 420
    assert (
        Building.objects.filter(dwellings__households__isnull=True).distinct().count()
        <= Building.objects.count()
    )
    assert set(Building.objects.values_list("grid__number", flat=True)) == set(range(1, 15))


def test_every_grid_has_one_branch_a_secretary_and_a_head(demo):
    assert BranchGrid.objects.count() == 14
    assert PartyBranch.objects.filter(kind="committee").count() == 1
    assert Post.objects.current().filter(kind="secretary", branch__kind="branch").count() == 14
    assert PartyMember.objects.current().count() == 140
    assert sorted(Appointment.objects.current().heads().values_list("grid__number", flat=True)) == list(
        range(1, 15)
    )
    for branch in PartyBranch.objects.filter(kind="branch"):
        full = branch.members.filter(kind="full").count()
        deputies = 1 if branch.branch_grids.get().grid.number in DEPUTIES else 0
        assert branch.posts.current().count() == (4 if full >= 7 else 1) + deputies


def test_the_branches_have_lived_through_the_year_by_the_rules(demo):
    today = timezone.localdate()
    meetings = list(Meeting.objects.with_related())
    assert {m.status for m in meetings} <= {"planned", "announced", "held", "signed"}
    (elects,) = Meeting.objects.filter(status="held")
    assert list(elects.elections.order_by("pk").values_list("post", "status")) == [
        ("deputy", "counted"),
        ("member", "open"),
    ]
    assert [m.pk for m in meetings if m.status == "signed" and m.on >= today] == []
    assert [m.pk for m in meetings if m.status == "announced" and m.on < today] == []
    late = {m.branch_id for m in meetings if m.is_late and (today - m.on).days > 1}
    careless = set(BranchGrid.objects.filter(grid__number__in=CARELESS).values_list("branch", flat=True))
    assert late <= careless
    for motion in Motion.objects.select_related("meeting"):
        assert (motion.result, passes(motion.votes_for, motion.due)) == ("passed", True)
        assert motion.votes_for + motion.votes_against + motion.abstained == motion.present
    assert plan_life(today) == 0


def test_the_dues_of_the_year_add_up(demo):
    today = timezone.localdate()
    assert ask_for_month(today) == 0
    for payment in DuesPayment.objects.prefetch_related("months"):
        assert payment.amount == sum(month.amount for month in payment.months.all())
    over = today.month - 1  # the year's months that can be late
    assert {m.behind for m in arrears(today)} == {min(rung, over) for rung in (1, 3, 5, 6)}
    assert ReceiptSeries.objects.get().last == DuesPayment.objects.count()


def test_a_member_who_signs_in_finds_a_card_and_the_desk_one_line_for_a_branch_that_elects(demo):
    card = Reminder.objects.get(kind="birthday")
    assert card.person_id == User.objects.get(login_hash=User.hash_login("member01")).person_id
    assert "入党 10 周年" in card.text
    announce_terms()
    ending = Post.objects.current().filter(ends_on__lte=timezone.localdate() + dt.timedelta(days=180))
    branches = ending.values("branch").distinct().count()
    assert Reminder.objects.filter(kind="term", person=None).count() == branches
    assert 0 < branches < ending.count()


def test_neighbours_share_venues_topics_and_notices(demo):
    assert Venue.objects.count() == 3
    coming = Booking.objects.filter(activity=None).exclude(topic_session__held_on__isnull=False)
    assert sorted(coming.values_list("status", flat=True)) == ["confirmed"] * 5 + ["requested"]
    assert Booking.objects.exclude(series=None).values("series").annotate(n=Count("pk")).get()["n"] == 4
    choir = Activity.objects.filter(title="海梦苑合唱队排练", status="published")
    assert [row for row in choir if row.lacks_its_room] == []  # what activities hold follows from them
    assert Notice.objects.current().count() == 3
    assert sorted(bool(one.answer) for one in NoticeObjection.objects.all()) == [False, True]
    lines = PartnerLine.objects.order_by("pk").values_list("kind", "status")
    assert list(lines) == [("resource", "listed"), ("demand", "listed"), ("project", "signed")]
    assert Notice.objects.exclude(pk__in=Notice.objects.current()).get().title == "登州里停水半天"
    letters = sorted(MembershipTransfer.objects.values_list("status", flat=True))
    assert letters == ["draft", "in_transit", "received"]
    assert not Person.objects.filter(is_demo=False).exists()


def test_a_topic_stands_in_each_step_and_time_runs_forward_in_it(demo):
    found = Counter(Topic.objects.values_list("status", flat=True))
    assert found == dict.fromkeys(SIX_STEPS, 1) | {"deciding": 2}
    for poll in Poll.objects.select_related("topic"):
        session = poll.topic.sessions.get()
        assert poll.topic.raised_at < session.booking.starts_at
        assert session.booking.ends_at < demo
        assert timezone.localdate(session.booking.starts_at) == session.held_on
        assert sum(poll.totals.values()) == poll.topic.voters.count() - (0 if poll.is_signed else 2)
        assert {
            voter.voted_on <= timezone.localdate(poll.closes_at) for voter in poll.topic.voters.all()
        } == {True}
        if poll.is_signed:
            assert session.booking.ends_at < poll.opens_at < poll.closes_at <= poll.closed_at < demo
            assert timezone.localdate(poll.closes_at) < poll.topic.outcome_on <= timezone.localdate()
        else:
            assert poll.is_open
    assert [
        row
        for row in Reminder.objects.filter(expires_at__lt=demo)
        if row.read_at is None and row.kind == "topic"
    ] == []


def test_the_roster_has_gaps_and_cover(demo):
    held = set(Appointment.objects.current().filter(kind="member").values_list("grid", "duty"))
    assert 14 * 6 - len(held) == 6
    assert Cover.objects.current().count() == 3
    most = Counter(Appointment.objects.current().values_list("grid", "duty"))
    limits = dict(Duty.objects.values_list("pk", "max_per_grid"))
    assert [key for key, count in most.items() if count > limits[key[1]]] == []


def test_most_heads_but_not_all_agreed_to_be_named(demo):
    heads = Appointment.objects.current().heads().with_consent_to_publish()
    assert Counter(head.may_be_named for head in heads) == {True: 12, False: 2}


def test_helpers_have_agreed_can_do_something_and_are_free_sometimes(demo):
    assert HelperProfile.objects.count() == 42
    agreed = Consent.objects.current().filter(purpose="help").values("person")
    assert HelperProfile.objects.filter(person__in=agreed).count() == 42
    assert HelperProfile.objects.filter(skills=None).count() == 0
    assert FreeHalfDay.objects.values("helper").distinct().count() == 42
    ordered = set(ServiceOrder.objects.exclude(contact=None).values_list("contact", flat=True))
    assert ordered == set(Consent.objects.filter(purpose="order").values_list("person", flat=True))


def test_the_accounts_can_log_in_and_reach_their_places(demo):
    assert Counter(User.objects.values_list("role", flat=True)) == {
        Role.GRID: 14, Role.HELPER: 6, Role.MANAGER: 1, Role.STAFF: 1, Role.AUDITOR: 1,
    }  # fmt: skip
    staff, head = (User.objects.get_by_natural_key(login) for login in ("staff", "head06"))
    assert check_password(PASSWORD, head.password)
    assert [grid.number for grid in Grid.objects.for_user(head)] == [6]
    assert Grid.objects.for_user(staff).count() == 14
    for login in ("member01", "member06"):
        person = User.objects.get_by_natural_key(login).person
        assert person.offers.filter(answer="").count() >= 1
        assert ServiceOrder.objects.carried_by(person).count() >= 1
        assert Reminder.objects.inbox_of(person).count() >= 1


def test_a_second_load_says_so_and_changes_nothing(demo):
    before = (Person.objects.count(), ServiceOrder.objects.count(), CatalogueVersion.objects.get().number)
    with pytest.raises(AlreadyLoaded):
        load_demo(SIZES["small"], password=PASSWORD)
    assert (
        Person.objects.count(),
        ServiceOrder.objects.count(),
        CatalogueVersion.objects.get().number,
    ) == before


def test_the_numbers_of_the_full_size():
    assert (SIZES["full"].households, SIZES["full"].members, SIZES["full"].helpers) == (4000, 360, 120)
    assert spread(360, [place.members for place in PLACES]) == [place.members for place in PLACES]
    assert invented.mobile(9205)[:7] == "1420000"


def test_the_files_of_demo_and_reference_hold_no_number_of_a_person():
    texts = [
        path.read_text(encoding="utf-8") for path in [*FILES.iterdir(), *FILES.parents[1].glob("demo/*.py")]
    ]
    assert len(texts) > 14
    for text in texts:
        assert re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", text) == []
        assert [
            found for found in re.findall(r"(?<!\d)\d{17}[\dXx](?!\d)", text) if found[:6] != "999999"
        ] == []


def test_some_are_to_be_looked_in_on_and_not_all_of_them_are_late(demo):
    plans = CarePlan.objects.current()
    assert set(plans.values_list("category__code", flat=True)) == {"red", "yellow", "green"}
    assert 0 < CarePlan.objects.due().count() < plans.count()
    assert plans.filter(visitor__user__role="helper").exists()
    assert plans.filter(person__is_demo=False).count() == 0
    assert {visit.way for visit in Visit.objects.all()} == {"door", "phone", "outside"}
    assert HourEntry.objects.filter(source_key__startswith="visit:").exists()


def test_helping_can_go_on_from_here(demo):
    assert Team.objects.public().count() == 4
    assert Team.objects.filter(helpers=None).count() == 0
    assert HelperApplication.objects.waiting().count() >= 1
    assert HourClaim.objects.waiting().get().person.user.role == "helper"
    certificate = Certificate.objects.get()
    assert certificate.minutes == HourEntry.objects.filter(person=certificate.person).total_minutes()
    assert not TimeBank.objects.filter(is_open=True).exists()


class TestCommand:
    @pytest.fixture(autouse=True)
    def own_folder(self, settings, tmp_path, monkeypatch):
        settings.VAR_DIR, settings.PORTAL_DEMO = tmp_path, True
        monkeypatch.delenv("DEMO_PASSWORD", raising=False)
        return tmp_path

    def logins(self, folder):
        return (folder / "demo-logins.txt").read_text(encoding="utf-8").splitlines()

    @pytest.mark.django_db
    def test_it_refuses_without_the_setting(self, settings):
        settings.PORTAL_DEMO = False
        with pytest.raises(CommandError, match="PORTAL_DEMO=1"):
            call_command("load_demo", size="small")
        assert Person.objects.count() == 0

    @pytest.mark.django_db
    def test_it_refuses_beside_real_people(self):
        make_person()
        with pytest.raises(CommandError, match="不是演示"):
            call_command("load_demo", size="small")
        assert Person.objects.count() == 1

    @pytest.mark.django_db
    def test_force_loads_marks_the_portal_and_writes_a_private_file(self, own_folder, settings, capsys):
        settings.PORTAL_DEMO = False
        call_command("load_demo", size="small", force=True)
        assert (own_folder / "demo").exists()
        path = own_folder / "demo-logins.txt"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        first, *lines = self.logins(own_folder)
        assert [line.split()[0] for line in lines] == [
            "manager", "staff", "auditor", *[f"head{n:02d}" for n in range(1, 15)],
            *[f"member{n:02d}" for n in range(1, 7)],
        ]  # fmt: skip
        password = first.partition("：")[2]
        assert check_password(password, User.objects.get_by_natural_key("member03").password)
        assert password not in capsys.readouterr().out

        call_command("load_demo", size="small", force=True)
        assert "没有改动" in capsys.readouterr().out
        assert self.logins(own_folder) == [first, *lines]

    @pytest.mark.django_db
    def test_the_password_can_be_given(self, own_folder, monkeypatch):
        monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
        call_command("load_demo", size="small")
        assert check_password(PASSWORD, User.objects.get_by_natural_key("staff").password)
        assert timezone.localdate() - ServiceOrder.objects.earliest(
            "submitted_at"
        ).submitted_at.date() < dt.timedelta(days=45)
