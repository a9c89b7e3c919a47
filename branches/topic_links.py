"""Signed addresses of topics: the page of a household's vote, and the page of whoever raised it."""

from django.core import signing
from django.utils.translation import gettext as _

from branches.errors import TopicLinkExpired

_SALT = "branches.topic"
PROPOSER = 0


def topic_token(topic, household=None):
    """The token of `/topics/home/<token>/` for a household, or for the proposer without one."""
    home = household.pk if household else PROPOSER
    return signing.Signer(salt=_SALT, sep=".").sign(f"{topic.pk}-{home}")


def topic_and_home_of(token):
    """(topic key, household key or PROPOSER); raises `TopicLinkExpired` for a changed token."""
    try:
        topic, home = signing.Signer(salt=_SALT, sep=".").unsign(token).split("-")
        return int(topic), int(home)
    except (signing.BadSignature, ValueError) as error:
        raise TopicLinkExpired(_("这个链接不对。要表决、要问进度，请打社区值班电话")) from error


def home_path(topic, household=None):
    return f"/topics/home/{topic_token(topic, household)}/"


def topic_path(topic):
    return f"/topics/{topic.pk}/"


def desk_path(topic):
    return f"/staff/topics/{topic.pk}/"


def admin_path(topic):
    return f"/admin/branches/topic/{topic.pk}/change/"
