"""Counts that stop where nobody would read on, and the first rows of many: several of them in one query."""

import json

from django.db.models import F, IntegerField, Subquery, TextField

from people.models import Community

COUNT_CAP = 999


class CappedCount(Subquery):
    """How many rows a query has, counted no further than `COUNT_CAP + 1`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()

    def __init__(self, rows):
        super().__init__(rows.order_by().values("pk")[: COUNT_CAP + 1])


class JsonList(Subquery):
    """One column of a query as a JSON list, in its order; `read` makes a list of it."""

    template = "(SELECT %(gather)s(value) FROM (%(subquery)s) listed)"
    output_field = TextField()

    def __init__(self, rows, column):
        super().__init__(rows.values(value=F(column)))

    @staticmethod
    def read(found):
        """The list; a database without rows gives NULL, one that knows JSON a list."""
        return json.loads(found) if isinstance(found, str) else found or []

    def as_sql(self, compiler, connection, **context):
        gather = "json_group_array" if connection.vendor == "sqlite" else "json_agg"
        return super().as_sql(compiler, connection, gather=gather, **context)


def capped_counts(*scopes):
    """How many rows each query has, up to `COUNT_CAP + 1`, in one query."""
    return counting(scopes)[0]


def counting(scopes, firsts=(), *, limit=0):
    """A queryset with one row: how many rows each of `scopes` has, then the first keys of each of `firsts`.

    `firsts` are ordered; their keys come as `JsonList` texts of up to `limit`.
    """
    columns = [CappedCount(scope) for scope in scopes] + [JsonList(rows[:limit], "pk") for rows in firsts]
    return Community.objects.order_by("pk").values_list(*columns)[:1]


def say_count(count):
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)
