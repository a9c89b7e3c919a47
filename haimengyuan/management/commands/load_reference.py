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
                f"{report.table}：新建 {len(report.created)}，改动 {len(report.changed)}，"
                f"未变 {report.unchanged}，与文件不同而保留 {len(report.kept)}"
            )
            for word, rows in (("改动", report.changed), ("保留", report.kept)):
                for code, columns in rows:
                    self.stdout.write(f"  {word} {code}：{', '.join(columns)}")
        if any(report.kept for report in reports):
            self.stdout.write("要改成文件里的内容：manage.py load_reference --overwrite 代码 ……")
