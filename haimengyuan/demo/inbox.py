"""The messages that the month has left behind: sent, most of them read. Nothing waits to be sent."""

import datetime as dt

from django.utils import timezone

from reminders.actions import to_desk, to_person
from reminders.models import Reminder
from services import clock, links
from services.models import OrderEvent, OrderStatus

REMEMBERED = dt.timedelta(days=8)
READ_AFTER = dt.timedelta(hours=20)
K = Reminder.Kind


def save_messages(walks, heads, *, now):
    """Write the sent messages of the last days; those that a timer would send right now count as sent too."""
    messages = []
    for walk in walks:
        for event in walk.events:
            if now - event.at <= REMEMBERED and event.kind == OrderEvent.Kind.MOVE:
                dealt_with = _dealt_with_at(walk, event)
                messages += [(message, event.at, dealt_with) for message in _of_event(walk, event, heads)]
        messages += [(message, at, None) for message, at in _of_clock(walk.order, heads, now)]
    for message, at, dealt_with in messages:
        message.status = Reminder.Status.SENT
        message.due_at = message.sent_at = message.created_at = at
        message.expires_at = at + dt.timedelta(days=2)
        message.attempts = 1
        if now - at > READ_AFTER:
            message.read_at = at + dt.timedelta(minutes=40)
        if message.person is None and dealt_with:  # the desk reads of an order by handling it
            message.read_at = dealt_with
    Reminder.objects.bulk_create([message for message, *_times in messages], 1000, ignore_conflicts=True)


def _dealt_with_at(walk, event):
    """When an account made the next step of the order, None if none has."""
    later = (other.at for other in walk.events if other.at > event.at and other.actor_user_id)
    return next(later, None)


def _of_event(walk, event, heads):
    order, service = walk.order, walk.order.service.name_zh
    head = heads.get(order.grid.number) if order.grid else None
    new, old = event.new_status, event.old_status
    if new == OrderStatus.SUBMITTED and not old:
        text = f"{order.place_to_building}。"
        return _desk_and_head(order, event, head, K.ORDER_NEW, f"新点单：{service}", text)
    if new == OrderStatus.SUBMITTED and old in {OrderStatus.SOLVED, OrderStatus.REPLIED}:
        return _desk_and_head(order, event, head, K.REOPENED, f"居民说没办好：{service}", event.note)
    if new == OrderStatus.SUBMITTED:
        return _desk_and_head(order, event, head, K.OFFER_RETURNED, f"回到待派单：{service}", event.note)
    if new == OrderStatus.OFFERED:
        return [_offer(made, service) for made in walk.offers if made.offered_at == event.at]
    words = {
        OrderStatus.ACCEPTED: (K.ACCEPTED, "有人接单了", f"您的单“{service}”有人接了，会先给您打电话。"),
        OrderStatus.WAITING: (K.QUESTION, "请您补充一点情况", event.note),
        OrderStatus.REPLIED: (K.WAS_IT_SOLVED, "解决了吗？请您说一声", f"“{service}”：{order.result}"),
        OrderStatus.SOLVED: (K.WAS_IT_SOLVED, "解决了吗？请您说一声", f"“{service}”：{order.result}"),
        OrderStatus.ESCALATED: (K.CHANGED, "已转给上级", f"“{service}”已转给{order.outside_body}。"),
        OrderStatus.REJECTED: (K.CHANGED, "这件事社区办不了", event.note),
    }.get(new)
    if words is None or order.contact is None:
        return []
    kind, subject, text = words
    key = f"order:{order.pk}:{event.pk}:resident:{kind}"
    link = links.resident_path(order)
    return [to_person(order.contact, kind=kind, dedupe_key=key, subject=subject, text=text, link=link)]


def _desk_and_head(order, event, head, kind, subject, text):
    words = {
        "kind": kind,
        "dedupe_key": f"order:{order.pk}:{event.pk}:{kind}",
        "subject": subject,
        "text": text,
    }
    found = [to_desk(order.community, link=links.staff_path(order), **words)]
    if head:
        found.append(to_person(head.person, link=links.admin_path(order), **words))
    return found


def _offer(made, service):
    order = made.order
    return to_person(
        made.person,
        kind=K.OFFER,
        dedupe_key=f"order:{order.pk}:offer:{made.pk}",
        subject=f"请您接单：{service}",
        text=f"{order.place_to_building}。{made.note + '。' if made.note else ''}不方便也没关系，点开告诉我们就行。",
        link=links.offer_path(made),
    )


def _of_clock(order, heads, now):
    """Late, nearly late and not sent out in time, under the keys of the timers: they do not repeat them."""
    if not order.is_open or order.paused_at:
        return
    soon = clock.soon_after(order.community, now)
    occasions = [
        (order.due_at < now, K.OVERDUE, "over", order.due_at, "已超时"),
        (now <= order.due_at < soon, K.DUE_SOON, "soon", order.due_at, "快到时限"),
        (
            order.status == OrderStatus.SUBMITTED and order.dispatch_due_at < now,
            K.OVERDUE,
            "dispatch",
            order.dispatch_due_at,
            "一小时还没派出去",
        ),
    ]
    head = heads.get(order.grid.number) if order.grid else None
    for happened, kind, name, due, subject in occasions:
        if not happened:
            continue
        local = timezone.localtime(due)
        words = {
            "kind": kind,
            "dedupe_key": f"order:{order.pk}:{name}:{local:%Y%m%d%H%M}",
            "subject": f"{subject}：{order.service.name_zh}",
            "text": f"{local.month}月{local.day}日 {local:%H:%M}",
        }
        at = min(due, now)
        yield to_desk(order.community, link=links.staff_path(order), **words), at
        if head:
            yield to_person(head.person, link=links.admin_path(order), **words), at
