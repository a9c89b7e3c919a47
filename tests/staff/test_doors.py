"""Every page of the staff door under every role: who comes in, who may write."""

import pytest
from django.utils import timezone

from people.models import PersonalDataView, Role
from services.models import OrderEvent, UnmetWord
from tests.makers import make_community, make_head, make_order, make_service, make_user
from tests.staff.helpers import page_of, text_of

pytestmark = pytest.mark.django_db
INSIDE = (Role.MANAGER, Role.STAFF, Role.AUDITOR)
OUTSIDE = (Role.GRID, Role.HELPER, Role.NONE)
PAGES = ["/staff/", "/staff/grids/", "/staff/orders/", "/staff/orders/?status=doing", "/staff/words/"]


def user_of(role):
    return make_head() if role == Role.GRID else make_user(role)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", INSIDE)
def test_staff_and_auditors_come_in(client, role, path):
    client.force_login(user_of(role))
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/staff/orders/new/"])
@pytest.mark.parametrize("role", OUTSIDE)
def test_grid_heads_and_helpers_stay_outside(client, role, path):
    client.force_login(user_of(role))
    response = client.get(path)
    assert response.status_code == 403
    assert "这一页您不能看" in text_of(response)
    own_door = {Role.GRID: "/admin/", Role.HELPER: "/me/", Role.NONE: "/"}[role]
    assert f'<a class="btn btn--main" href="{own_door}">' in response.content.decode()


@pytest.mark.parametrize("role", OUTSIDE)
def test_not_even_the_order_of_the_own_grid(client, role):
    user = user_of(role)
    order = make_order()
    client.force_login(user)
    assert client.get(page_of(order)).status_code == 403
    assert client.post(page_of(order), {"action": "note", "words": "看看"}).status_code == 403


@pytest.mark.parametrize("path", [*PAGES, "/staff/orders/new/", "/staff/orders/27064251/"])
def test_anonymous_visitors_are_led_to_the_login(client, path):
    make_community()
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=/staff/")


class TestAuditor:
    """Reads everything masked, changes and reveals nothing."""

    def test_sees_an_order_without_its_door_and_without_forms(self, client):
        order = make_order(name="姜小明", phone="13800009876", door="2 单元 301")
        client.force_login(make_user(Role.AUDITOR))
        page = text_of(client.get(page_of(order)))
        assert order.spoken_number in page
        assert "2 单元 301" not in page
        assert 'name="action"' not in page

    def test_is_offered_no_deed_on_the_board(self, client):
        order = make_order(name="姜小明")
        said = f'<span class="sr">：{order.spoken_number}'
        for role, action in ((Role.STAFF, "派单"), (Role.AUDITOR, "看单子")):
            client.force_login(make_user(role))
            page = client.get("/staff/orders/").content.decode()
            assert page.split(said)[0].rpartition(">")[2] == action

    @pytest.mark.parametrize(
        "data",
        [
            {"action": "note", "words": "看过了"},
            {"action": "take"},
            {"action": "reveal", "field": "phone", "reason": "检查"},
        ],
    )
    def test_cannot_write(self, client, data):
        order = make_order()
        client.force_login(make_user(Role.AUDITOR))
        assert client.post(page_of(order), data).status_code == 403
        assert (OrderEvent.objects.filter(order=order).count(), PersonalDataView.objects.count()) == (1, 0)

    def test_cannot_order_for_others_nor_deal_with_words(self, client):
        make_service("B02")
        now = timezone.now()
        word = UnmetWord.objects.create(
            community=make_community(), word="磨刀", times=3, first_at=now, last_at=now
        )
        client.force_login(make_user(Role.AUDITOR))
        assert client.get("/staff/orders/new/").status_code == 403
        assert client.post("/staff/words/", {"word": word.pk}).status_code == 403
        word.refresh_from_db()
        assert word.handled_at is None


def test_pages_of_the_staff_door_are_stored_nowhere(client):
    client.force_login(make_user())
    order = make_order()
    for path in [*PAGES, page_of(order)]:
        assert "no-store" in client.get(path)["Cache-Control"]


def test_words_are_listed_and_dealt_with(client):
    now = timezone.now()
    for text, times in (("磨刀", 3), ("配钥匙", 9)):
        UnmetWord.objects.create(
            community=make_community(), word=text, times=times, first_at=now, last_at=now
        )
    client.force_login(make_user())
    page = text_of(client.get("/staff/words/"))
    assert page.index("配钥匙") < page.index("磨刀")
    word = UnmetWord.objects.get(word="配钥匙")
    client.post("/staff/words/", {"word": word.pk})
    assert list(UnmetWord.objects.asked_most().values_list("word", flat=True)) == ["磨刀"]


def test_a_word_that_is_gone_already_is_a_404(client):
    make_community()
    client.force_login(make_user())
    assert client.post("/staff/words/", {"word": "7"}).status_code == 404
