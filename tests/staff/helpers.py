"""What the tests of the staff door share."""

from services.models import ServiceOrder


def page_of(order):
    return f"/staff/orders/{order.number}/"


def seen(order):
    """What the page of an order carries to be told that it has gone stale."""
    return ServiceOrder.objects.get(pk=order.pk).moved_at.isoformat()


def text_of(response):
    return response.content.decode()


def clean_text(response):
    """The page without the addresses of its links, in which an order's number may stand."""
    return text_of(response).replace(" ", "")
