"""Words without a hit, and the version of the catalogue; alone and with several at once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from people.models import Community
from services.actions import bump_catalogue, count_unmet, fold_unmet_words, mark_words_handled
from services.actions.catalogue import FOLD_AT_ONCE, HITS_PER_HOUR
from services.catalogue import find
from services.models import CatalogueVersion, UnmetHit, UnmetWord
from tests.makers import make_community, make_person, make_service, patch_now, shanghai


def at_once(function, times):
    """Run `function` in so many threads, all at the same moment; returns the results."""
    start = Barrier(times)

    def run(_number):
        start.wait(timeout=60)
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def make_hits(word, count, *, community=None, at=None):
    community = community or make_community()
    UnmetHit.objects.bulk_create(
        UnmetHit(community=community, word=word, at=at or timezone.now()) for _ in range(count)
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("修钢琴", "修钢琴"),
        ("　修 钢琴！", "修 钢琴"),
        ("Ｗｉｆｉ", "wifi"),
        ("3号楼wifi", "号楼wifi"),
        ("修" * 30, "修" * 20),
        ("修_钢琴", "修 钢琴"),
    ],
)
def test_a_search_is_kept_without_digits_and_signs(typed, kept):
    assert count_unmet(make_community(), typed) is True
    assert [hit.word for hit in UnmetHit.objects.all()] == [kept]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "琴",
        "1234",
        "？！",
        "琴 5",
        "王小明13800000617",
        "138 0000 0617 找我",
        "电话１３８－００００－０６１７",
        "一三八零零零零零六一七",
        "5666123钢琴",
        "wang@example.org",
    ],
)
def test_what_is_too_short_or_may_be_somebodys_number_is_not_kept(typed):
    assert count_unmet(make_community(), typed) is False
    assert UnmetHit.objects.count() == 0


@pytest.mark.django_db
def test_a_community_has_a_limit_for_each_hour():
    community, other = (
        make_community(),
        make_community(code="370614001015", name="海景苑社区", host="b.example"),
    )
    with patch_now(shanghai(2026, 11, 23, 9, 5)):
        assert [count_unmet(community, "修钢琴") for _ in range(HITS_PER_HOUR + 2)] == [
            True
        ] * HITS_PER_HOUR + [False] * 2
        assert count_unmet(other, "修钢琴") is True
    with patch_now(shanghai(2026, 11, 23, 10, 5)):
        assert count_unmet(community, "修钢琴") is True
    assert UnmetHit.objects.filter(community=community).count() == HITS_PER_HOUR + 1


@pytest.mark.django_db
def test_folding_counts_each_search_once_and_keeps_its_moments():
    morning, noon = shanghai(2026, 11, 23, 9), shanghai(2026, 11, 23, 12)
    make_hits("修钢琴", 2, at=noon)
    make_hits("修钢琴", 1, at=morning)
    make_hits("太极拳", 1, at=noon)
    assert (fold_unmet_words(), fold_unmet_words()) == (4, 0)
    words = UnmetWord.objects.order_by("-times").values_list("word", "times", "first_at", "last_at")
    assert list(words) == [("修钢琴", 3, morning, noon), ("太极拳", 1, noon, noon)]
    assert UnmetHit.objects.count() == 0


@pytest.mark.django_db
def test_folding_adds_to_a_word_that_is_there_and_never_sets_its_last_time_back():
    noon = shanghai(2026, 11, 23, 12)
    make_hits("修钢琴", 2, at=noon)
    fold_unmet_words()
    make_hits("修钢琴", 1, at=noon - dt.timedelta(hours=1))
    fold_unmet_words()
    assert list(UnmetWord.objects.values_list("times", "last_at")) == [(3, noon)]


@pytest.mark.django_db
def test_the_same_word_of_two_communities_is_two_rows():
    other = make_community(code="370614001015", name="海景苑社区", host="b.example")
    make_hits("修钢琴", 1)
    make_hits("修钢琴", 2, community=other)
    fold_unmet_words()
    assert UnmetWord.objects.get(community=other).times == 2
    assert UnmetWord.objects.exclude(community=other).get().times == 1


@pytest.mark.django_db
def test_the_name_of_a_known_person_is_dropped():
    make_person("曾阿宝")
    make_hits("曾阿宝", 2)
    make_hits("曾阿", 1)
    assert fold_unmet_words() == 3
    assert [word.word for word in UnmetWord.objects.all()] == ["曾阿"]
    assert UnmetHit.objects.count() == 0


@pytest.mark.django_db
def test_a_handled_word_leaves_the_list_and_comes_back_when_it_is_asked_for_again():
    make_hits("修钢琴", 1)
    fold_unmet_words()
    assert mark_words_handled(UnmetWord.objects.all()) == 1
    assert mark_words_handled(UnmetWord.objects.all()) == 0  # somebody else was first
    assert UnmetWord.objects.asked_most().count() == 0
    make_hits("修钢琴", 1)
    fold_unmet_words()
    assert [(word.word, word.times) for word in UnmetWord.objects.asked_most()] == [("修钢琴", 2)]


@pytest.mark.django_db
def test_a_bump_shows_a_new_service_at_once():
    community = make_community()
    bump_catalogue(community)
    make_service("B01", name_zh="修钢琴")
    assert [row.code for row in find(community, "钢琴")] == ["B01"]
    make_service("B02", name_zh="给钢琴调音")
    assert [row.code for row in find(community, "钢琴")] == ["B01"]
    bump_catalogue(community)
    assert CatalogueVersion.objects.get().number == 2
    assert [row.code for row in find(Community.objects.get(), "钢琴")] == ["B01", "B02"]


@pytest.mark.django_db(transaction=True)
def test_two_folds_at_once_count_each_search_once():
    for word in ("修钢琴", "太极拳", "宽带"):
        make_hits(word, 100)
    folded = at_once(fold_unmet_words, 4)
    assert sum(folded) == 300 < FOLD_AT_ONCE
    assert sorted(UnmetWord.objects.values_list("word", "times")) == sorted(
        [("修钢琴", 100), ("太极拳", 100), ("宽带", 100)]
    )
    assert UnmetHit.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_search_during_a_fold_is_counted_once_too():
    community = make_community()
    make_hits("修钢琴", 50)

    def search_and_fold():
        return count_unmet(community, "修钢琴"), fold_unmet_words()

    results = at_once(search_and_fold, 6)
    fold_unmet_words()
    assert [kept for kept, _folded in results] == [True] * 6
    assert UnmetWord.objects.get().times == 56


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_exact_with_many_at_once(monkeypatch):
    community = make_community()
    monkeypatch.setattr("services.actions.catalogue.HITS_PER_HOUR", 5)
    kept = at_once(lambda: count_unmet(community, "修钢琴"), 12)
    assert (kept.count(True), UnmetHit.objects.count()) == (5, 5)


@pytest.mark.django_db(transaction=True)
def test_bumps_at_once_are_all_counted():
    community = make_community()
    at_once(lambda: bump_catalogue(community), 8)
    assert CatalogueVersion.objects.get().number == 8
