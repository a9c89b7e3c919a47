"""Opening and ending posts in a branch. The role of an account follows from them."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.errors import PostRefused
from branches.models import Post, TermShift
from people.actions import gives, update_role
from people.models import Role
from reminders.actions import cancel as silence


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


@transaction.atomic
def shift_term(branch, *, until, reason, approved_by, approved_on=None, by):
    """Move the end of the term of everybody in office in `branch` to `until` and keep why and who approved it.

    The superior decides on an early or late re-election (domain.md §1.1 no. 12). Returns the `TermShift`.
    Raises `PostRefused`.
    """
    posts = list(Post.objects.select_for_update().filter(branch=branch, ended_on=None, ends_on__isnull=False))
    if not posts:
        raise PostRefused(_("这个支部没有写着任期的职务"))
    reason, approved_by = reason.strip(), approved_by.strip()
    if not (reason and approved_by):
        raise PostRefused(_("提前或延期换届要上级批准，请写为什么、哪个组织批准的"))
    was_until = max(post.ends_on for post in posts)
    if until == was_until:
        raise PostRefused(_("任期没有变"))
    if until < max(post.since for post in posts):
        raise PostRefused(_("任期不能在任职以前结束"))
    Post.objects.filter(pk__in=[post.pk for post in posts]).update(ends_on=until)
    silence(f"term:branch{branch.pk}:", *(f"term:{post.pk}:" for post in posts))
    return TermShift.objects.create(
        branch=branch,
        was_until=was_until,
        until=until,
        reason=reason[:100],
        approved_by=approved_by[:60],
        approved_on=approved_on or timezone.localdate(),
        by=by,
    )


@gives(Role.GRID)
def holds_a_post(person):
    """Whether `person` holds a post in a branch, now or from a day to come."""
    not_ended = Q(ended_on=None) | Q(ended_on__gt=timezone.localdate())
    return Post.objects.filter(not_ended, member__person=person).exists()
