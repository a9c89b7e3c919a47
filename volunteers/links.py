"""Signed addresses of sign-ups and calendars: whoever signed up without an account comes back by them."""

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from volunteers.errors import LinkExpired

_SIGNUP_SALT = "volunteers.signup"
_CALENDAR_SALT = "volunteers.calendar"


def signup_token(signup):
    """The token of `/activities/signups/<token>/`; it never expires, since the page may be printed."""
    return signing.Signer(salt=_SIGNUP_SALT, sep=".").sign(str(signup.pk))


def signup_pk_of(token):
    """The sign-up's primary key; raises `LinkExpired` for a changed token."""
    return _unsigned(_SIGNUP_SALT, token)


def calendar_token(person):
    """The token of `/activities/calendars/<token>.ics`, which a calendar asks for again and again."""
    return signing.Signer(salt=_CALENDAR_SALT, sep=".").sign(str(person.pk))


def calendar_pk_of(token):
    """The person's primary key; raises `LinkExpired` for a changed token."""
    return _unsigned(_CALENDAR_SALT, token)


def _unsigned(salt, token):
    try:
        return int(signing.Signer(salt=salt, sep=".").unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise LinkExpired(_("这个链接不对。要查报名，请打社区值班电话")) from error


def signup_path(signup):
    return f"/activities/signups/{signup_token(signup)}/"


def calendar_path(person):
    return f"/activities/calendars/{calendar_token(person)}.ics"


def activity_path(activity):
    return f"/activities/{activity.pk}/"


def staff_activity_path(activity):
    return f"/staff/activities/{activity.pk}/"


def head_activity_path(activity):
    return reverse("admin:volunteers_activity_change", args=[activity.pk])
