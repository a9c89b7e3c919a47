"""A query that is compiled once gives what the queryset gives, for each value anew."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.db.models import Q

from haimengyuan.lib.compiled import compiled_once
from people.models import Person
from tests.makers import make_building, make_person

pytestmark = pytest.mark.django_db


@compiled_once(community=int, name=str, day=dt.date)
def born(community, name, day):
    found = Person.objects.select_related("community").only("name", "birth_date", "community__name")
    return found.filter(Q(name=name) | Q(initials=name), community=community, birth_date__lte=day).order_by(
        "pk"
    )


@compiled_once(name=str)
def days_of(name):
    return Person.objects.filter(name=name).order_by("pk").values_list("birth_date", flat=True)


@compiled_once(name=str)
def as_dicts(name):
    return Person.objects.filter(name=name).values("name", "birth_date")


def test_the_rows_are_those_of_the_queryset_for_each_value():
    old = make_person("王小明", birth_date=dt.date(1950, 1, 2))
    make_person("王小明", birth_date=dt.date(1990, 1, 2), community=old.community)
    other = make_person("李红", birth_date=dt.date(1960, 1, 2), community=old.community)
    asked = [
        ("王小明", dt.date(1980, 1, 1)),
        ("李红", dt.date(1980, 1, 1)),
        ("wxm", dt.date(2000, 1, 1)),
        ("", dt.date.max),
    ]
    for name, day in asked:
        values = {"community": old.community_id, "name": name, "day": day}
        assert born.rows(**values) == list(born.__wrapped__(**values))
    assert born.row(community=old.community_id, name="李红", day=dt.date.max) == other
    assert born.row(community=0, name="李红", day=dt.date.max) is None


def test_related_and_left_out_columns_come_as_with_the_queryset(django_assert_num_queries):
    person = make_person("王小明", birth_date=dt.date(1950, 1, 2))
    with django_assert_num_queries(1):
        found = born.row(community=person.community_id, name="王小明", day=dt.date.max)
        assert (found.birth_date, found.community) == (dt.date(1950, 1, 2), person.community)
    assert found.get_deferred_fields() >= {"phone", "pinyin"}


def test_values_come_as_with_the_queryset():
    make_person("王小明", birth_date=dt.date(1950, 1, 2))
    assert days_of.rows(name="王小明") == [dt.date(1950, 1, 2)]
    assert as_dicts.rows(name="王小明") == [{"name": "王小明", "birth_date": dt.date(1950, 1, 2)}]


@compiled_once(keys=(int, 3), name=str)
def among(keys, name):
    return Person.objects.filter(pk__in=keys).exclude(name=name).order_by("pk")


def test_a_list_of_keys_may_be_shorter_than_its_places():
    persons = [make_person(f"居民{number}") for number in range(4)]
    keys = [person.pk for person in persons]
    assert among.rows(keys=keys[:3], name="居民1") == [persons[0], persons[2]]
    assert among.rows(keys=keys[3:], name="") == [persons[3]]
    assert among.rows(keys=[], name="") == []
    with pytest.raises(ValueError, match="4 keys for 3 places"):
        among.rows(keys=keys, name="")


def test_a_number_that_no_column_holds_finds_nothing():
    make_person("王小明")
    assert born.rows(community=10**30, name="王小明", day=dt.date.max) == []
    assert born.rows(community=2**63 - 1, name="王小明", day=dt.date.max) == []


def test_a_value_stays_a_parameter():
    make_person("王小明")
    assert days_of.rows(name="' OR 1=1 --") == []
    assert days_of.rows(name="%") == []


def test_the_sql_can_be_given_to_a_cursor():
    person = make_person("王小明", birth_date=dt.date(1950, 1, 2))
    with connection.cursor() as cursor:
        cursor.execute(*born.sql(community=person.community_id, name="王小明", day=dt.date.max))
        assert len(cursor.fetchall()) == 1


@pytest.mark.parametrize(
    "make_query",
    [
        lambda name: Person.objects.filter(name__contains=name),  # the value is a part of a parameter
        lambda name: Person.objects.all(),
        lambda name: Person.objects.filter(name=name).prefetch_related("appointments"),
    ],
)
def test_what_cannot_be_compiled_once_is_refused(make_query):
    with pytest.raises(ValueError, match="cannot be compiled once"):
        compiled_once(name=str)(make_query).rows(name="王小明")


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_on_its_own_connection():
    name = make_building().grid.community.name
    found = []

    @compiled_once(name=str)
    def communities(name):
        return Person.community.field.related_model.objects.filter(name=name)

    def ask():
        found.append((communities.rows(name=name)[0].name, id(connection.connection)))
        connection.close()

    ask_here = communities.rows(name=name)
    threads = [threading.Thread(target=ask) for _number in range(2)]
    for thread in threads:
        thread.start()
        thread.join(timeout=60)
    assert [words for words, _connection in found] == [name, name]
    assert id(connection.connection) not in {number for _words, number in found}
    assert [row.name for row in ask_here] == [name]
