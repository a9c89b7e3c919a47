"""Counts that stop where nobody would read on, and the first rows of many: several of them in one query."""

import json

from django.db.models import IntegerField, Subquery, TextField

from people.models import Community

COUNT_CAP = 999


class CappedCount(Subquery):
    """How many rows a query has, counted no further than `COUNT_CAP + 1`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()

    def __init__(self, rows):
        super().__init__(rows.order_by().values("pk")[: COUNT_CAP + 1])


class FirstKeys(Subquery):
    """The primary keys of the first rows of an ordered query, as a JSON list."""

    template = "(SELECT %(gather)s(id) FROM (%(subquery)s) firsts)"
    output_field = TextField()

    def __init__(self, rows, limit):
        super().__init__(rows.values("id")[:limit])

    def as_sql(self, compiler, connection, **context):
        gather = "json_group_array" if connection.vendor == "sqlite" else "json_agg"
        return super().as_sql(compiler, connection, gather=gather, **context)


def capped_counts(*scopes):
    """How many rows each query has, up to `COUNT_CAP + 1`, in one query."""
    return _in_one_query(CappedCount(scope) for scope in scopes)


def counts_and_first_keys(scopes, *, limit, beside=()):
    """How many rows the ordered querysets `scopes` have and the keys of their first rows, in one query.

    Returns three lists: the counts and the lists of keys of `scopes`, and the counts of the querysets `beside`.
    """
    counted = [*scopes, *beside]
    firsts = (FirstKeys(scope, limit) for scope in scopes)
    found = _in_one_query([*(CappedCount(scope) for scope in counted), *firsts])
    counts, keys = found[: len(counted)], found[len(counted) :]
    keys = [json.loads(text) if isinstance(text, str) else text or [] for text in keys]
    return counts[: len(scopes)], keys, counts[len(scopes) :]


def _in_one_query(columns):
    return Community.objects.order_by("pk").values_list(*columns)[0]


def say_count(count):
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)
