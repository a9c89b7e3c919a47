"""A rating belongs to one end of its order."""

import datetime as dt

import pytest
from django.utils import timezone

from services.actions import rate, reopen, solve
from services.errors import RatingRefused
from services.models import Rating, ServiceOrder
from tests.makers import make_solved_order, make_user, patch_now

pytestmark = pytest.mark.django_db


def after(days):
    return patch_now(timezone.now() + dt.timedelta(days=days))


def fresh(order):
    return ServiceOrder.objects.with_related().get(pk=order.pk)


def test_an_order_that_was_reopened_meanwhile_is_not_rated():
    order = make_solved_order()
    seen = fresh(order)
    reopen(fresh(order), actor=order.contact)
    with pytest.raises(RatingRefused):
        rate(seen, score=5)
    assert Rating.objects.count() == 0


def test_the_second_end_is_rated_anew_after_the_week_of_the_first():
    order = make_solved_order()
    rate(order, score=1)
    with after(8):
        reopen(fresh(order), actor=order.contact)
        solve(fresh(order), actor=make_user(), result="又修好了")
        rate(fresh(order), score=5)
    with after(14):
        rate(fresh(order), score=4)
    with after(16), pytest.raises(RatingRefused):
        rate(fresh(order), score=3)
    assert Rating.objects.get().score == 4
