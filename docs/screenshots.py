"""PNG pictures of the main pages for the README: `make screenshots` writes them into docs/img/.

Starts a portal of its own with demo data on a free port, in a folder that is thrown away afterwards.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

BASE_DIR = Path(__file__).resolve().parent.parent
TARGET = BASE_DIR / "docs" / "img"
PASSWORD = "only-for-these-pictures"
START_SECONDS = 300
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}
# name of the picture, size, demo login or None, address
PICTURES = [
    ("home-phone", "phone", None, "/"),
    ("home-desk", "desk", None, "/"),
    ("services-phone", "phone", None, "/services/?q=lf"),
    ("service-phone", "phone", None, "/services/B02/"),
    ("my-grid-phone", "phone", None, "/grids/6/"),
    ("grids-desk", "desk", None, "/grids/"),
    ("track-phone", "phone", None, "/track/"),
    ("activities-phone", "phone", None, "/activities/"),
    ("staff-calendar-desk", "desk", "staff", "/staff/calendar/?view=month"),
    ("staff-branch-desk", "desk", "staff", "/staff/branches/6/"),
    ("staff-dashboard-desk", "desk", "staff", "/staff/"),
    ("staff-board-desk", "desk", "staff", "/staff/orders/"),
    ("member-phone", "phone", "member01", "/me/"),
    ("admin-phone", "phone", "head06", "/admin/"),
    ("admin-desk", "desk", "head06", "/admin/"),
]


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    var_dir = tempfile.mkdtemp(prefix="haimengyuan-screenshots-")
    environment = os.environ | {
        "VAR_DIR": var_dir,
        "STATIC_ROOT": f"{var_dir}/static",
        "PORT": str(port),
        "DEMO": "1",
        "DEMO_PASSWORD": PASSWORD,
        **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PUBLIC_BASE_URL"), ""),
    }
    subprocess.run(
        [sys.executable, "-m", "haimengyuan.lib.secrets_file"], cwd=BASE_DIR, env=environment, check=True
    )
    portal = subprocess.Popen([sys.executable, "manage.py", "serve"], cwd=BASE_DIR, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_served(portal, address)
        take_pictures(address)
    finally:
        portal.send_signal(signal.SIGTERM)
        portal.wait(timeout=60)
        shutil.rmtree(var_dir)


def wait_until_served(portal, address):
    """Return when the portal answers; raises SystemExit when it ends first or takes too long."""
    for _ in range(START_SECONDS):
        try:
            urllib.request.urlopen(f"{address}/", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if portal.poll() is not None:
                break
        time.sleep(1)
    raise SystemExit("The portal did not start.")


def take_pictures(address):
    """Write every picture; raises SystemExit when a page is no page."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, size, login, path in PICTURES:
            context = browser.new_context(viewport=SIZES[size], locale="zh-CN", timezone_id="Asia/Shanghai")
            page = context.new_page()
            if login:
                sign_in(page, address, login)
            response = page.goto(address + path)
            if not response.ok:
                raise SystemExit(f"{path} answers {response.status}")
            page.screenshot(path=TARGET / f"{name}.png")
            print(f"docs/img/{name}.png")
            context.close()
        browser.close()


def sign_in(page, address, login):
    page.goto(f"{address}/login/")
    page.fill("[name=username]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


if __name__ == "__main__":
    main()
