import json
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import call_command

from haimengyuan.lib.strict_json import BODY_MAX
from tests.makers import make_community, make_service

pytestmark = pytest.mark.django_db


def problem_of(response):
    """Status and type of a problem, after checking that it has the one shape."""
    assert response.headers["Content-Type"] == "application/problem+json"
    found = json.loads(response.content)
    assert set(found) == {"type", "title", "status", "detail", "errors"}
    assert found["status"] == response.status_code
    assert found["title"]
    assert found["detail"]
    return found["status"], found["type"].removeprefix("urn:haimengyuan:problem:")


def send(client, content, content_type="application/json", path="/api/v1/tracking/"):
    return client.generic("POST", path, content, content_type=content_type)


def test_every_error_has_one_shape(client):
    make_community()
    assert problem_of(client.get("/api/v1/nothing/")) == (404, "not-found")
    assert problem_of(client.get("/api/v1/services/X99/")) == (404, "not-found")
    assert problem_of(client.delete("/api/v1/services/")) == (405, "method-not-allowed")
    assert problem_of(client.get("/api/v1/orders/")) == (405, "method-not-allowed")
    assert problem_of(client.get("/api/v1/services/", headers={"Accept": "text/csv"})) == (
        406,
        "not-acceptable",
    )
    assert problem_of(send(client, b"number=1", "application/x-www-form-urlencoded")) == (
        415,
        "unsupported-media-type",
    )
    assert problem_of(client.get("/api/v1/", headers={"Host": "evil.example"})) == (400, "bad-request")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"number": NaN}',
        b'{"number": Infinity}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        '{"number": "1"'.encode("utf-16"),
    ],
)
def test_what_is_no_json_is_a_problem(client, content):
    make_community()
    assert problem_of(send(client, content))[0] == 400


@pytest.mark.parametrize("content", ["[]", "null", '"text"', "12", "[{}]", "true"])
def test_json_that_is_no_object_is_a_problem(client, content):
    make_community()
    assert problem_of(send(client, content)) == (400, "invalid")


def test_a_body_beyond_the_limit_is_not_read(client):
    make_community()
    assert problem_of(send(client, b'"' + b"a" * BODY_MAX + b'"')) == (413, "too-large")


@pytest.mark.parametrize("charset", ["base64", "utf-16", "nonsense", "rot13"])
def test_the_charset_of_the_header_changes_nothing(client, charset):
    make_community()
    response = send(client, b'{"number": "1", "tail": "1"}', f"application/json; charset={charset}")
    assert problem_of(response) == (404, "not-found")


def test_an_unexpected_error_is_a_problem_without_details(client):
    make_service("B02")
    client.raise_request_exception = False
    with patch("services.api.catalogue._row", side_effect=RuntimeError("secret detail")):
        response = client.get("/api/v1/services/B02/")
    assert problem_of(response) == (500, "error")
    assert "secret" not in response.content.decode()


def test_pages_keep_their_own_errors(client):
    make_community()
    assert client.get("/nothing/").headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_description_has_no_warning_and_is_served(client):
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert out.getvalue().startswith("openapi: 3.0.3")
    response = client.get("/api/v1/schema/")
    served = json.loads(response.content)
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert client.get("/api/v1/schema/?format=yaml&lang=en").content == response.content
    assert problem_of(client.get("/api/v1/schemas/")) == (404, "not-found")
    assert set(served["paths"]) == {
        "/api/v1/",
        "/api/v1/services/",
        "/api/v1/services/{code}/",
        "/api/v1/categories/",
        "/api/v1/grids/",
        "/api/v1/grids/{number}/",
        "/api/v1/activities/",
        "/api/v1/activities/{id}/",
        "/api/v1/orders/",
        "/api/v1/tracking/",
    }
