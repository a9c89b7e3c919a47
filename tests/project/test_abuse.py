"""What strangers try at the doors that are open to everybody."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/?dazi=1/evil.example",
        "&dazi=1//evil.example",
        "ht&dazi=1tp://evil.example",
        "h?dazi=1ttps://evil.example/",
    ],
)
def test_the_type_size_switch_leads_nowhere_else(client, target):
    assert client.post("/display/", {"mode": "elder", "next": target})["Location"] == "/"
