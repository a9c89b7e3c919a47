from django.core.management.base import BaseCommand

from haimengyuan.management.prepare import prepare


class Command(BaseCommand):
    help = "Tables, reference data, translations and static files: once after each update, before the programs start."

    def add_arguments(self, parser):
        parser.add_argument("--demo", action="store_true", help="also demo data, if nobody is known yet")

    def handle(self, *args, demo, **options):
        prepare(demo=demo, say=self.stdout.write)
