"""Many identical submits at once, through the real page: one order, one receipt, nothing spent twice."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from people.models import RateWindow
from services.models import OrderEvent, ServiceOrder
from tests.makers import make_building
from tests.public.helpers import make_public_community, order_values

AT_ONCE = 10


def send_at_once(requests):
    """Post each (path, values) from a thread of its own, all at the same moment. Returns the responses."""
    start = threading.Barrier(len(requests))
    answers = [None] * len(requests)

    def send(index, path, values):
        try:
            start.wait(timeout=60)
            answers[index] = Client().post(path, values)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=send, args=(index, path, values))
        for index, (path, values) in enumerate(requests)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_ten_identical_submits_at_once_make_one_order_and_one_receipt():
    community = make_public_community()
    building = make_building(grid=community.grids.get())
    page = reverse("services:order", args=["I01"])
    answers = send_at_once([(page, order_values(building))] * AT_ONCE)
    assert [answer.status_code for answer in answers] == [302] * AT_ONCE
    assert len({answer["Location"] for answer in answers}) == 1
    assert (ServiceOrder.objects.count(), OrderEvent.objects.count()) == (1, 1)
    assert sorted(RateWindow.objects.values_list("used", flat=True)) == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_ten_different_orders_of_one_phone_at_once_are_limited_exactly():
    community = make_public_community()
    building = make_building(grid=community.grids.get())
    page = reverse("services:order", args=["I01"])
    requests = [(page, order_values(building, submission_key=f"page-{n}")) for n in range(AT_ONCE)]
    answers = send_at_once(requests)
    assert sorted(answer.status_code for answer in answers) == [302] * 6 + [429] * 4
    assert ServiceOrder.objects.count() == 6
