"""Counts that stop where nobody would read on: several of them in one query."""

from django.db.models import IntegerField, Subquery

from people.models import Community

COUNT_CAP = 999


class CappedCount(Subquery):
    """How many rows a query has, counted no further than `COUNT_CAP + 1`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()

    def __init__(self, rows):
        super().__init__(rows.order_by().values("pk")[: COUNT_CAP + 1])


def capped_counts(*scopes):
    """How many rows each query has, up to `COUNT_CAP + 1`, in one query."""
    row = Community.objects.order_by("pk").values_list(*(CappedCount(scope) for scope in scopes))[:1]
    return row[0]


def say_count(count):
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)
