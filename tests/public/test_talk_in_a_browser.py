"""Topics and notices in a browser: no axe violation, nothing wider than 320 pixels, little to load."""

import re

import pytest

from branches.actions.disclosure import publish
from branches.actions.polls import open_poll
from branches.actions.topics import publish_outcome
from branches.models import TopicStatus
from branches.topic_links import home_path
from tests.axe import violations_of
from tests.makers import (
    hold_session,
    make_building,
    make_dwelling,
    make_grid,
    make_household,
    make_notice,
    make_person,
    make_topic,
    make_user,
)
from tests.public.helpers import make_public_community
from tests.public.test_weight import LIMIT, size_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
_S = TopicStatus


@pytest.fixture
def paths():
    make_public_community(services=60, buildings=30)
    grid, desk = make_grid(7), make_user()
    building = make_building(grid=grid)
    homes = [make_household(make_person(), dwelling=make_dwelling(building=building)) for _n in range(6)]
    raised = make_topic(grid=grid)
    decided = make_topic(_S.DECIDING, grid=grid, homes=homes)
    publish_outcome(decided, outcome="装两个", dissent="3 户嫌吵")
    rated = make_topic(_S.EVALUATING, grid=grid, homes=homes)
    voting = make_topic(_S.ACCEPTED, grid=grid)
    hold_session(voting, desk)
    open_poll(voting, question="装不装充电棚？")
    topics = [raised, voting, decided, rated]
    notice = publish(make_notice(pinned=True), by=desk, grids=[grid])
    disclosed = make_notice(kind="finance", text="收入 1 元\n\n支出 2 元", buildings=[building])
    return [
        "/",
        "/topics/",
        "/topics/new/",
        *(f"/topics/{topic.pk}/" for topic in topics),
        f"/topics/{raised.pk}/join/",
        home_path(raised),
        home_path(voting, homes[0]),
        home_path(rated, homes[0]),
        "/notices/",
        "/notices/?past=1",
        f"/notices/{notice.pk}/",
        f"/notices/{disclosed.pk}/",
    ]


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_no_violation_and_no_sideways_scrolling(sized_page, live_server, paths, mode):
    sized_page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    found = []
    for path in paths:
        sized_page.goto(live_server.url + path)
        found += violations_of(sized_page)
    for path, button in ((paths[2], "提出来"), (paths[7], "附议"), (paths[-1], "提交意见")):
        sized_page.goto(live_server.url + path)
        sized_page.get_by_role("button", name=button).click()
        found += violations_of(sized_page)
    assert found == []
    sized_page.set_viewport_size({"width": 320, "height": 568})
    too_wide = []
    for path in paths:
        sized_page.goto(live_server.url + path)
        if sized_page.evaluate("document.documentElement.scrollWidth") > 320:
            too_wide.append(path)
    assert too_wide == []


def test_the_first_visit_loads_little(client, paths):
    for path in paths:
        page = client.get(path).content.decode()
        files = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))
        assert len(page.encode()) + sum(map(size_of, files)) <= LIMIT, path


def test_no_violation_at_the_desk(sized_page, live_server, paths, sign_in):
    sign_in(make_user("staff"))
    found = []
    pages = ["/staff/topics/", "/staff/venues/", "/staff/partners/"]
    pages += [f"/staff{path}" for path in paths[3:7]]
    for path in [*pages, f"/staff{paths[4]}paper/"]:
        sized_page.goto(live_server.url + path)
        sized_page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found += violations_of(sized_page)
    assert found == []
