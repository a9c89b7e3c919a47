"""The public pages of topics: read, raise, second, vote, comment, rate. No account; GET changes nothing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from branches.actions import polls, topics
from branches.errors import TopicLinkExpired, TopicRefused
from branches.forms.topics import CommentForm, HomeForm, RaiseForm
from branches.homes import identify
from branches.models import SIX_STEPS, Poll, Topic, TopicStatus
from branches.topic_links import PROPOSER, home_path, topic_and_home_of, topic_path
from grids.models import Household
from haimengyuan.lib.back import kept_for_back
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.remembered import remembered_building
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404

SHOWN = 60
FEWEST_SHOWN = 5  # below so many votes their numbers would tell who chose what
_S = TopicStatus
GROUPS = (
    (_S.DECIDING, (_S.DECIDING,)),
    (_S.RAISED, (_S.RAISED,)),
    (_S.DISCUSSING, (_S.ACCEPTED, _S.DISCUSSING)),
    (_S.DOING, (_S.DOING, _S.EVALUATING)),
    (_S.CLOSED, (_S.CLOSED, _S.ANSWERED)),
)


@login_not_required
@require_safe
def topic_list(request):
    """All public topics by what can be done with them: vote first, then second, then read."""
    community = visited_community_or_404(request)
    rows = Topic.objects.in_community(community.pk).public().with_seconds()
    rows = list(rows.select_related("grid", "poll").order_by("-moved_at", "-pk")[:SHOWN])
    groups = [(status, [row for row in rows if row.status in statuses]) for status, statuses in GROUPS]
    context = {"groups": [group for group in groups if group[1]], "needed": Topic.SECONDS_NEEDED}
    return render(request, "public/topics.html", context)


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def topic_new(request):
    """Raise a topic; its end is the page of whoever raised it."""
    community = visited_community_or_404(request)
    form = RaiseForm(
        request.POST or None, community=community, initial={"building": remembered_building(request)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = topics.raise_topic(form.grid(), address=client_ip(request), **form.as_topic())
        except TooOften as refused:
            return too_often(request, refused)
        except TopicRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("收到了。这一页请存好，每走一步都会告诉您。"))
            return HttpResponseRedirect(home_path(made))
    return render(request, "public/topic_new.html", {"form": form})


def _find(request, pk):
    community = visited_community_or_404(request)
    rows = Topic.objects.in_community(community.pk).public().with_related().with_seconds()
    return get_object_or_404(rows, pk=pk)


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def topic_page(request, pk):
    """One topic: where it stands, why, what came out; a POST is a comment on the outcome."""
    topic = _find(request, pk)
    form = CommentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        words = {"text": data["text"], "name": data["name"], "phone": data["phone"]}
        try:
            topics.comment(topic, submission_key=form.key(), address=client_ip(request), **words)
        except TooOften as refused:
            return too_often(request, refused)
        except TopicRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("意见收到了，公示期内答复您。"))
            return HttpResponseRedirect(f"{topic_path(topic)}?said")  # the page with the form stays for Back
    return render(request, "public/topic.html", {**describe(topic), "form": form})


def describe(topic):
    """What a page shows of a topic: its six steps, its vote and its tasks."""
    steps = list(SIX_STEPS)
    here = steps.index(topic.status) if topic.status in steps else len(steps)
    poll = getattr(topic, "poll", None)
    votes = sum(poll.totals.values()) if poll and poll.is_signed else 0
    comments = list(topic.comments.all()) if topic.outcome else []
    return {
        "topic": topic,
        "needed": topic.SECONDS_NEEDED,
        # who was answered on the way has not walked all six
        "steps": []
        if topic.status == _S.ANSWERED
        else [{"name": step.label, "here": i == here, "past": i < here} for i, step in enumerate(steps)],
        "poll": poll,
        "voted": topic.voters.count() if poll else 0,
        "totals": [(Poll.Choice(key).label, n) for key, n in poll.totals.items()]
        if votes >= FEWEST_SHOWN
        else [],
        "tasks": list(topic.tasks.all()),
        "sessions": [s for s in topic.sessions.select_related("booking__venue") if s.booking.is_holding],
        "comments": len(comments),
        "answered": sum(bool(comment.answer) for comment in comments),
        "may_comment": topic.status == _S.DECIDING and topic.is_in_notice,
        "now": timezone.now(),
    }


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def topic_join(request, pk):
    """Which household speaks; then it has seconded, or it stands before its vote or its faces."""
    topic = _find(request, pk)
    initial = {"building": remembered_building(request)}
    form = HomeForm(request.POST or None, community=topic.grid.community, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        where = {"building": form.chosen_building(), "door": data["door"], "proof": data["proof"]}
        try:
            home = identify(topic, address=client_ip(request), **where)
            if topic.status == _S.RAISED:
                topics.second(topic, home)
        except TooOften as refused:
            return too_often(request, refused)
        except TopicRefused as refused:
            form.add_error(None, str(refused))
        else:
            if topic.status != _S.RAISED:
                return HttpResponseRedirect(home_path(topic, home))
            messages.success(request, _("您家的附议记下了。"))
            return HttpResponseRedirect(topic_path(topic))
    return render(request, "public/topic_join.html", {"topic": topic, "form": form})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def topic_home(request, token):
    """The page of one household, or of the proposer: one tap votes, one tap rates."""
    community = visited_community_or_404(request)
    try:
        pk, home_pk = topic_and_home_of(token)
    except TopicLinkExpired as expired:
        return _gone(request, str(expired))
    topic = Topic.objects.in_community(community.pk).with_related().with_seconds().filter(pk=pk).first()
    home = Household.objects.filter(pk=home_pk).first() if home_pk != PROPOSER else None
    if topic is None or (home_pk != PROPOSER and home is None):
        return _gone(request, _("没有这件事了，请打电话问"))
    refused = ""
    if request.method == "POST":
        try:
            messages.success(request, _act(topic, home, request.POST))
        except TopicRefused as sentence:
            refused = str(sentence)
        else:
            return HttpResponseRedirect(request.path)
    poll = getattr(topic, "poll", None)
    voter = topic.voters.filter(household=home).first() if home else None
    context = {
        **describe(topic),
        "home": home,
        "is_silent": home is None and topic.is_silent(),
        "voter": voter,
        "may_vote": bool(home and poll and poll.is_open and not voter),
        "may_rate": topic.status == _S.EVALUATING and (home is None or voter is not None),
        "rating": topic.ratings.filter(household=home).first(),
        "scores": [
            (5, _("非常满意")),
            (4, _("满意")),
            (3, _("一般")),
            (2, _("不满意")),
            (1, _("非常不满意")),
        ],
        "choices": Poll.Choice.choices,
        "refused": refused,
    }
    return render(request, "public/topic_home.html", context)


def _act(topic, home, data):
    if home and data.get("choice") in Poll.Choice.values:
        poll = getattr(topic, "poll", None)
        if poll is None:
            raise TopicRefused(_("还没有开始表决"))
        polls.vote(poll, home, channel=Topic.Channel.WEB, choice=data["choice"])
        return _("您家的一票投好了，谢谢。投了什么，系统不记。")
    score = data.get("score", "")
    topics.rate_topic(topic, score=int(score) if score in {"1", "2", "3", "4", "5"} else 0, household=home)
    return _("谢谢您的评价。")


def _gone(request, sentence):
    context = {"message": sentence, "back": "topics", "back_words": _("看大家在议什么")}
    return render(request, "public/link_expired.html", context, status=410)
