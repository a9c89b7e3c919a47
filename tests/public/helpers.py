"""What the tests of the public door share."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from services.models import Service
from tests.makers import make_building, make_category, make_community, make_grid, make_service

NEED = "厨房洗菜盆下面的水管接头漏水"
MARKS_OF_A_TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def queries_of(act):
    """How many queries `act()` makes, beside the marks of its transactions."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return len([query for query in queries if not query["sql"].startswith(MARKS_OF_A_TRANSACTION)])


def make_public_community(*, services=1, buildings=1):
    """A community with a grid, so many buildings and so many services that can be ordered, and both reserved ones."""
    community = make_community()
    grid = make_grid(6, community=community, name="听涛苑", tile_row=1, tile_column=2)
    for number in range(1, buildings + 1):
        make_building(grid=grid, estate="听涛苑", number=number, name=f"{number} 号楼")
    for index in range(services):
        make_service(
            f"I{index + 1:02d}",
            name_zh=f"上门修水电{index + 1}",
            description_zh="换灯泡、修水龙头",
            fee_zh="免费",
            icon="wrench",
            home_visit=True,
        )
    reserved = make_category("Z", name_zh="其他")
    make_service(Service.FREE_TEXT, category=reserved, name_zh="说说您的事", fee_zh="免费")
    make_service(Service.COMPLAINT, category=reserved, name_zh="意见和投诉", fee_zh="免费")
    return community


def order_values(home, /, **changes):
    """What a resident types on the order form, as POST data."""
    values = {
        "need": NEED,
        "wish": "soon",
        "name": "王淑兰",
        "phone": "138 0000 0617",
        "building": str(home.pk),
        "door": "2 单元 301",
        "place_text": "",
        "for_name": "",
        "submission_key": "a-page-of-the-tests",
        "step": "submit",
    }
    return values | changes
