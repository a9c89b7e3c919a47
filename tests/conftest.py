"""What every test has: throw-away secrets, a folder of its own, and a browser that reaches nothing but this server."""

import functools
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
import redis
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Locator, expect

# Settings load after this file (which is why pyproject.toml does not name them), so the suite needs no secrets file and never touches a developer's data.
TEST_VAR_DIR = tempfile.mkdtemp(prefix="haimengyuan-tests-")
os.mkdir(f"{TEST_VAR_DIR}/static")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "haimengyuan.settings",
    "SECRET_KEY": "only-for-tests-and-only-for-tests-and-only-for-tests",
    "FIELD_KEYS": Fernet.generate_key().decode(),
    "HASH_KEY": "only-for-tests",
    "VAR_DIR": TEST_VAR_DIR,
    "STATIC_ROOT": f"{TEST_VAR_DIR}/static",
    "HASHED_STATIC_NAMES": "0",
    "DEBUG": "0",
    "PORTAL_DEMO": "0",
    "PUBLIC_BASE_URL": "http://testserver",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "TRUSTED_PROXY_COUNT": "0",
    "EMAIL_URL": "",
    "SMS_BACKEND": "file",
    "APPRISE_URLS": "",
    # a connection that a live server's thread has kept would stop the test database from being dropped
    "DATABASE_CONN_MAX_AGE": "0",
    "REDIS_PREFIX": f"haimengyuan-tests-{os.getpid()}",
}
# playwright's synchronous API runs an event loop in this thread, beside which the ORM would refuse to work
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# how long an example takes says something of the machine, nothing of the rule
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")

PATIENCE = 60_000  # milliseconds for a page to do what it must: a busy machine is slow, which is no failure
expect.set_options(timeout=PATIENCE)


def then_loaded(deed):
    """`deed` of a locator, ending when the page that it led to has all its style: by itself it ends at its first byte."""

    @functools.wraps(deed)
    def do(locator, *args, **options):
        deed(locator, *args, **options)
        locator.page.wait_for_load_state()

    return do


Locator.click, Locator.press = then_loaded(Locator.click), then_loaded(Locator.press)

SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}
BROWSER_FIXTURES = {"page", "context", "browser"}


def find_chromium():
    """The path of a Chromium of this machine, None when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    own = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return next((str(path) for path in sorted(own.glob("chromium-*/chrome-linux*/chrome"))), None)


CHROMIUM = find_chromium()
BROWSER_IS_REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"


def pytest_configure(config):
    if config.getoption("numprocesses", None):
        # this process only hands out tests; a worker that inherited the name would load settings before its own folder
        del os.environ["DJANGO_SETTINGS_MODULE"]
        return
    # reading them loads them, which pytest-django waits for
    assert Path(TEST_VAR_DIR).resolve() == settings.VAR_DIR
    # a good hash is slow by intention: 0.1 s for each account of each test
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    if connection.vendor == "postgresql":
        type(connection.ops).sql_flush = emptying


def emptying(operations, style, tables, **_options):
    """The statements that empty `tables` after a test with threads or a browser, as Django's own would.

    TRUNCATE gives every one of a hundred tables new files, which takes PostgreSQL seconds; few of them hold a row.
    """
    names = [operations.quote_name(table) for table in tables]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
    with operations.connection.cursor() as cursor:
        cursor.execute(asked)
        return [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]


def pytest_collection_modifyitems(items):
    for item in items:
        if not BROWSER_FIXTURES & set(item.fixturenames):
            continue
        item.add_marker(pytest.mark.browser)
        if not CHROMIUM and not BROWSER_IS_REQUIRED:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (apt-get install chromium)"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if BROWSER_IS_REQUIRED and report.skipped and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but REQUIRE_BROWSER=1"
    return report


def pytest_unconfigure():
    shutil.rmtree(TEST_VAR_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def empty_cache():
    """No test sees what another one cached. `cache.clear()` on Redis would empty the whole server."""
    if not settings.REDIS_URL:
        cache.clear()
        return
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        for key in server.scan_iter(f"{settings.REDIS_PREFIX}:*", count=1000):
            server.delete(key)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": SIZES["phone"],
    }


def guard(context, allowed_url):
    """Let `context` reach `allowed_url` alone; returns the list that foreign addresses and CSP refusals end in."""
    complaints = []

    def abort(route):
        complaints.append(f"asked a foreign host: {route.request.url}")
        route.abort()

    def read_console(message):
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    context.route(lambda url: not url.startswith((allowed_url, "data:", "blob:")), abort)
    context.on("console", read_console)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.set_default_timeout(PATIENCE)
    return complaints


@pytest.fixture
def context(context, live_server):
    """A browser context that fails the test when a page asks another host, breaks the policy or throws."""
    complaints = guard(context, live_server.url)
    yield context
    assert complaints == []


@pytest.fixture(params=list(SIZES))
def sized_page(request, page):
    """The page on a phone and at a desk: the test runs twice."""
    page.set_viewport_size(SIZES[request.param])
    return page


@pytest.fixture
def page_without_js(browser, browser_context_args, live_server):
    """A phone whose browser runs no script."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    complaints = guard(context, live_server.url)
    yield context.new_page()
    context.close()
    assert complaints == []


@pytest.fixture
def sign_in(context, live_server, client):
    """A function that signs a user into the browser without the login form."""

    def sign_in(user):
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return sign_in
