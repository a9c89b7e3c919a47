import pytest

from services.catalogue import counts_by_category, counts_by_situation, entries
from services.models import Category
from tests.makers import make_category, make_community, make_service

pytestmark = pytest.mark.django_db


def test_a_group_and_a_situation_of_the_same_name_are_counted_apart():
    elderly, repairs = make_category("B", group="elderly"), make_category("I", group="repairs")
    make_service("B02", category=elderly, situations=["repair"])
    make_service("I01", category=repairs, situations=["elderly", "repair"])
    rows = entries(make_community())
    assert counts_by_category(rows) == {"elderly": 1, "B": 1, "repairs": 1, "I": 1}
    assert counts_by_situation(rows) == {"elderly": 1, "repair": 2}
    assert sum(counts_by_category(rows)[group] for group in Category.Group.values) == len(rows)
