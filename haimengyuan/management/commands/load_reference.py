from django.core.management.base import BaseCommand

from haimengyuan.reference import load_reference


class Command(BaseCommand):
    help = "The community, its grids, duties, skills, categories and services from the files of the portal; repeatable."

    def add_arguments(self, parser):
        parser.add_argument(
            "--overwrite",
            nargs="*",
            metavar="CODE",
            help="let rows that differ take the value of the file: the rows with these codes, or all of them",
        )

    def handle(self, *args, overwrite, verbosity, **options):
        reports = load_reference(overwrite)
        if not verbosity:
            return
        for report in reports:
            self.stdout.write(
                f"{report.table}: {len(report.created)} created, {len(report.changed)} changed, "
                f"{report.unchanged} unchanged, {len(report.kept)} kept although the file differs"
            )
            for name in ("changed", "kept"):
                for code, columns in getattr(report, name):
                    self.stdout.write(f"  {name} {code}: {', '.join(columns)}")
        if any(report.kept for report in reports):
            self.stdout.write("To take the file's value: manage.py load_reference --overwrite CODE …")
