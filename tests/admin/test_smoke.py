import pytest

from people.models import Role
from tests.admin.world import address, list_address, make_common, make_side, registered
from tests.makers import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    mine = make_side("东风")
    return mine, make_side("西山"), make_common(mine)


def test_the_world_has_a_row_of_every_registered_model(world):
    mine, _other, common = world
    assert {**mine.rows, **common}.keys() == registered().keys()


def test_a_manager_reaches_every_page(client, world):
    mine, _other, common = world
    client.force_login(make_user(Role.MANAGER))
    assert client.get("/admin/").status_code == 200
    for label, row in {**mine.rows, **common}.items():
        model_admin = registered()[label]
        assert client.get(list_address(type(row))).status_code == 200, label
        assert client.get(address(row, "change")).status_code == 200, label
        assert client.get(address(row, "history")).status_code == 200, label
        if model_admin.may_add:
            assert client.get(list_address(type(row), "add")).status_code == 200, label
        if model_admin.may_delete:
            assert client.get(address(row, "delete")).status_code == 200, label


def test_a_grid_head_reaches_the_pages_of_the_own_grid(client, world):
    mine, _other, _common = world
    client.force_login(mine.head)
    assert client.get("/admin/").status_code == 200
    for label, row in mine.rows.items():
        assert client.get(list_address(type(row))).status_code == 200, label
        assert client.get(address(row, "change")).status_code == 200, label
        assert client.get(address(row, "history")).status_code == 200, label
