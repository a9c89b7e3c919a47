import os
import secrets

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from haimengyuan.demo import SIZES, load_demo
from haimengyuan.demo.loading import AlreadyLoaded
from haimengyuan.management.prepare import DEMO_LOGINS
from people.models import Person

MARKER = "demo"  # beside the database: every page says that the data are invented


class Command(BaseCommand):
    help = (
        "An invented month of life, marked as demo on every page. Never load it into a portal that is in use."
    )

    def add_arguments(self, parser):
        parser.add_argument("--size", choices=sorted(SIZES), default="full")
        parser.add_argument(
            "--force", action="store_true", help="even without PORTAL_DEMO=1, even beside other people"
        )

    def handle(self, *args, size, force, **options):
        if not force and not settings.PORTAL_DEMO:
            raise CommandError("演示数据只在环境变量 PORTAL_DEMO=1 时写入，或者加 --force。")
        if not force and Person.objects.filter(is_demo=False).exists():
            raise CommandError("库里已有不是演示的人员，不能和演示数据混在一起；确实要写入，请加 --force。")
        password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
        # before the data: from the first row on, every page must say that they are invented
        (settings.VAR_DIR / MARKER).touch()
        try:
            users = load_demo(SIZES[size], password=password)
        except AlreadyLoaded:
            self.stdout.write("演示数据已经在库里了，没有改动。")
            return
        self.write_logins(users, password)
        self.stdout.write(f"演示数据已写入，{len(users)} 个演示账号保存在 {settings.VAR_DIR / DEMO_LOGINS}")

    def write_logins(self, users, password):
        """A file that only its owner can read: one login a line, with its role."""
        lines = [f"口令（所有演示账号相同）：{password}\n"]
        lines += [f"{login}　{user.get_role_display()}\n" for login, user in users.items()]
        path = settings.VAR_DIR / DEMO_LOGINS
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(lines)
