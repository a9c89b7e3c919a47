"""The page of the API's description works in a browser under the strict policy: the context fails on any breach."""

from tests.makers import make_community, make_service


def test_the_docs_page_is_drawn_and_a_call_can_be_tried(page, live_server):
    make_community()
    make_service("B02", name_zh="上门理发")
    page.goto(f"{live_server.url}/api/docs/")
    page.get_by_text("/services/{code}/").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("code").fill("B02")
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").get_by_text("上门理发").first.wait_for()


def test_the_docs_page_names_the_machine_readable_file_without_javascript(client, db):
    make_community()
    response = client.get("/api/docs/")
    assert 'href="/api/v1/schema/"' in response.content.decode()
    assert "<script>" not in response.content.decode()
