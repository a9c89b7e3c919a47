"""Opening and ending posts in a branch. The role of an account follows from them."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.errors import PostRefused
from branches.models import Post
from people.actions import gives, update_role
from people.models import Role


@transaction.atomic
def open_post(member, kind, *, since=None, ends_on=None):
    """Give `member` a post in their branch from `since` (default today). Returns the `Post`.

    Raises `PostRefused` when the member has left or the branch has its secretary already.
    """
    if member.left_on:
        raise PostRefused(_("这位党员已经转出，不能任职"))
    try:
        with transaction.atomic():
            post = Post.objects.create(
                branch=member.branch,
                member=member,
                kind=kind,
                since=since or timezone.localdate(),
                ends_on=ends_on,
            )
    except IntegrityError as error:
        raise PostRefused(_("这个支部的这个职务已经有人了，请先办离任")) from error
    update_role(member.person)
    return post


@transaction.atomic
def end_post(post, *, on=None):
    """End a post on a day (default today). Raises `PostRefused` when it has ended already."""
    on = max(on or timezone.localdate(), post.since)
    if not Post.objects.filter(pk=post.pk, ended_on=None).update(ended_on=on):
        raise PostRefused(_("这个职务已经结束了"))
    post.ended_on = on
    update_role(post.member.person)


@gives(Role.GRID)
def holds_a_post(person):
    """Whether `person` holds a post in a branch, now or from a day to come."""
    not_ended = Q(ended_on=None) | Q(ended_on__gt=timezone.localdate())
    return Post.objects.filter(not_ended, member__person=person).exists()
