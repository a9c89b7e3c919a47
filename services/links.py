"""Signed links and paths that messages and printed codes carry (the paths are a contract: architecture.md §11)."""

import datetime as dt

from django.core import signing
from django.utils.translation import gettext as _

from services.errors import LinkExpired

OFFER_LINK_LIVES = dt.timedelta(hours=48)
_ORDER_SALT = "services.order"
_OFFER_SALT = "services.offer"


def order_token(order):
    """The token of `/o/<token>/`: it never expires, since it is printed on receipts."""
    return signing.Signer(salt=_ORDER_SALT, sep=".").sign(str(order.pk))


def order_pk_of(token):
    """The order's primary key; raises `LinkExpired` for a changed token."""
    return _unsigned(signing.Signer(salt=_ORDER_SALT, sep="."), token)


def offer_token(offer):
    """The token of `/me/offers/<token>/`: single purpose, 48 hours."""
    return signing.TimestampSigner(salt=_OFFER_SALT, sep=".").sign(str(offer.pk))


def offer_pk_of(token):
    """The offer's primary key; raises `LinkExpired` for a changed token or one older than 48 hours."""
    return _unsigned(signing.TimestampSigner(salt=_OFFER_SALT, sep="."), token, max_age=OFFER_LINK_LIVES)


def _unsigned(signer, token, **options):
    try:
        return int(signer.unsign(token, **options))
    except (signing.BadSignature, ValueError) as error:
        raise LinkExpired(_("这个链接已经失效了。要问进度或接单，请打社区值班电话")) from error


def resident_path(order):
    return f"/o/{order_token(order)}/"


def offer_path(offer):
    return f"/me/offers/{offer_token(offer)}/"


def staff_path(order):
    return f"/staff/orders/{order.number}/"


def admin_path(order):
    return f"/admin/services/serviceorder/{order.pk}/change/"
