"""The people side of volunteering in the demo: teams, somebody who wants to help, a doubt, certificates."""

import datetime as dt

from django.utils import timezone

from people.models import Person
from volunteers.actions import ensure_star_rules, issue_certificate
from volunteers.models import CertificateRequest, HelperApplication, HelperProfile, HourClaim, HourEntry, Team

TEAMS = (
    (None, "红帆维修队", "修水管、换灯泡、通下水"),
    (None, "陪诊队", "陪老人看病、取药"),
    (None, "清滩队", "每个月第四个周六去海边捡垃圾"),
    (6, "听涛苑邻里队", "帮楼里的老人买菜、扔垃圾"),
)
_DAY = dt.timedelta(days=1)


def save_helping(community, register, helpers, users, *, now):
    """Write it as rows, like the orders: the actions would leave messages that are to be sent today."""
    ensure_star_rules(community)
    teams = [
        Team(
            community=community,
            grid=register.grids[number] if number else None,
            name=name,
            what=what,
            leader=helpers[index].person,
        )
        for index, (number, name, what) in enumerate(TEAMS)
    ]
    Team.objects.bulk_create(teams)
    for index, helper in enumerate(helpers):
        if index < len(teams):
            helper.team = teams[index]
        elif helper.grid.number == 6:
            helper.team = teams[-1]
        elif index % 3 == 0:
            helper.team = teams[index % 3]
    HelperProfile.objects.bulk_update(helpers, ["team"])
    _apply(community, register, helpers, now)
    _ask(users, now)


def _apply(community, register, helpers, now):
    """Two who want to help, one of them a schoolchild with a parent."""
    taken = {helper.person_id for helper in helpers}
    homes = [resident for resident in register.residents[6] if resident.person.pk not in taken]
    adult = next(one for one in homes if one.is_adult_with_phone and one.age < 60)
    parent = next(one for one in homes if one.is_adult_with_phone and one.person != adult.person)
    teen = next((one for one in homes if 14 <= one.age < 18), None)
    rows = [(adult, None, "会理发，周末有空")]
    if teen is not None:
        rows.append((teen, parent.person, "想去清滩"))
    HelperApplication.objects.bulk_create(
        HelperApplication(
            community=community,
            person=one.person,
            building=one.dwelling.building,
            is_minor=guardian is not None,
            guardian=guardian,
            wish=wish,
            submission_key=f"demo:{index}",
            filed_at=now - (index + 1) * dt.timedelta(hours=3),
        )
        for index, (one, guardian, wish) in enumerate(rows)
    )


def _ask(users, now):
    """Those who can log in: one has a certificate, one asks for one, one misses an hour."""
    members = [user.person for login, user in sorted(users.items()) if login.startswith("member")]
    served = list(
        Person.objects.filter(pk__in=[person.pk for person in members], hour_entries__isnull=False)
        .distinct()
        .order_by("pk")
    )
    today = timezone.localdate(now)
    if served:
        since = HourEntry.objects.filter(person=served[0]).earliest("served_on").served_on
        issue_certificate(served[0], since=since, until=today, by=users["staff"])
    for person in served[1:2]:
        since = HourEntry.objects.filter(person=person).earliest("served_on").served_on
        CertificateRequest.objects.create(person=person, since=since, until=today, asked_at=now - _DAY)
    HourClaim.objects.create(
        person=members[0],
        what="10 月清滩",
        served_on=today - 30 * _DAY,
        minutes=120,
        words="签到纸上有我",
        submission_key="demo:claim",
        filed_at=now - _DAY,
    )
