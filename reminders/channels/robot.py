"""Group robots of WeCom, DingTalk and Feishu, through Apprise. Robots know no keys: a repetition may show twice."""

import apprise
from django.conf import settings
from django.utils.translation import gettext as _

from reminders.errors import Unavailable, Undeliverable


def send(message):
    """Send a `channels.Message` to the robot that settings.APPRISE_URLS has under the name `message.to`."""
    url = settings.APPRISE_URLS.get(message.to)
    robot = apprise.Apprise()
    if not url or not robot.add(url):
        raise Undeliverable(_("没有设置这个群机器人"))
    if not robot.notify(title=f"【{message.sender}】{message.subject}", body=message.text):
        raise Unavailable(_("群机器人没接通"))
