"""Finding an order again without an account: its number and the last four digits of the phone."""

import datetime as dt
import hmac

from django.utils.translation import gettext as _

from haimengyuan.lib.phones import fold_digits
from people.actions import give_back, spend
from services.errors import OrderNotFound
from services.models import ServiceOrder
from services.numbers import clean_number, is_number

TRIES_PER_ADDRESS = 20  # in ten minutes
TRIES_PER_ORDER = 5  # wrong ones in an hour


def find_order(community, *, number, tail, address):
    """The `ServiceOrder` with this number whose contact's phone ends in `tail` (four digits, as typed).

    An address has 20 tries in ten minutes, an order 5 wrong ones in an hour; both limits are exact.
    Raises `people.errors.TooOften`, or `OrderNotFound` with the same words whether number or tail is wrong.
    """
    spend("track.address", address, limit=TRIES_PER_ADDRESS, window=dt.timedelta(minutes=10))
    digits, tail = clean_number(number), fold_digits(tail)
    if not is_number(digits):
        raise OrderNotFound(_("单号不对：应该是 8 位数字，请对着单子再看一遍"))
    hour = dt.timedelta(hours=1)
    who = f"{community.pk}:{digits}"
    spend("track.order", who, limit=TRIES_PER_ORDER, window=hour)
    order = ServiceOrder.objects.select_related("contact").one_or_none(community=community, number=digits)
    phone = order.contact.phone if order and order.contact else ""
    if len(tail) != 4 or not phone or not hmac.compare_digest(phone[-4:], tail):
        raise OrderNotFound(_("没有查到。请核对单号和点单时留的电话的后 4 位，或者打电话，我们帮您查"))
    give_back("track.order", who, window=hour)
    return order
