"""The browser of the suite notices what no page may do."""

import pytest

from tests.conftest import PATIENCE, guard

pytestmark = pytest.mark.once
HERE = "http://127.0.0.1:1/"


def complaints_about(browser, body, headers=None, *, wait=PATIENCE):
    """What the guard says of a page with that body, served from HERE: at once, or when a busy browser gets to it."""
    context = browser.new_context()
    complaints = guard(context, HERE)
    context.route(HERE, lambda route: route.fulfill(body=body, content_type="text/html", headers=headers))
    page = context.new_page()
    page.goto(HERE)
    for _tenth_of_a_second in range(wait // 100):
        if complaints:
            break
        page.wait_for_timeout(100)
    context.close()
    return complaints


def test_a_quiet_page_is_no_matter(browser):
    assert (
        complaints_about(browser, "<p>好</p><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", wait=300)
        == []
    )


def test_a_foreign_host_is_noticed(browser):
    found = complaints_about(browser, "<img src='https://cdn.example/a.png'>")
    assert found == ["asked a foreign host: https://cdn.example/a.png"]


def test_an_error_in_a_script_is_noticed(browser):
    assert complaints_about(browser, "<script>throw new Error('broken')</script>") == ["broken"]


def test_a_breach_of_the_policy_is_noticed(browser):
    headers = {"Content-Security-Policy": "script-src 'self'", "Content-Type": "text/html"}
    found = complaints_about(browser, "<script>1</script>", headers)
    assert len(found) == 1
    assert "Content Security Policy" in found[0]
