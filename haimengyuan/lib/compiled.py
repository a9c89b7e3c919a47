"""Queries that nearly every request asks: their SQL is written by the ORM once per process and not once per request.

Writing it costs the ORM several times what the database needs to answer.
"""

import copy
import datetime as dt
import functools
from types import SimpleNamespace

from django.db import DEFAULT_DB_ALIAS, connection, connections

# What stands in a query for a value that is not known yet, by its type; it must fit every column of that type.
_MARKS = {
    int: lambda place: 32_001 + place,
    str: lambda place: f"the text at place {place}",
    dt.date: lambda place: dt.date(1001, 1, 1 + place),
    dt.datetime: lambda place: dt.datetime(1001, 1, 1 + place, tzinfo=dt.UTC),
}


_BITS = 63  # of a number, beside its sign


def compiled_once(**blanks):
    """Decorate a function that builds a queryset around its keyword arguments; `blanks` gives the type of each.

    int, str, dt.date and dt.datetime (aware) are known, and `(int, 30)` for a list of up to 30 keys. A value must change
    nothing but a parameter of the SQL: no None, no pattern. Prefetching and `reverse()` are not known here. The result is a `CompiledQuery`.
    """
    return lambda make_query: functools.wraps(make_query)(CompiledQuery(make_query, blanks))


class CompiledQuery:
    """A query with blanks: `rows`, `row` and `sql` take the values for them by name."""

    def __init__(self, make_query, blanks):
        self._make_query = make_query
        self._lists = {name: kind[1] for name, kind in blanks.items() if isinstance(kind, tuple)}
        self._blanks = {name: kind for name, kind in blanks.items() if name not in self._lists}
        for name, size in self._lists.items():
            self._blanks |= {(name, place): int for place in range(size)}

    def rows(self, **values):
        """What the queryset would give, as a list."""
        values = self._spread(values)
        if any(isinstance(value, int) and value.bit_length() > _BITS for value in values.values()):
            return []  # as the ORM, which knows that no column holds such a number
        queryset, kept, converters, sql, parameters = self._compiled
        compiler = copy.copy(kept)
        compiler.get_converters = lambda _columns: converters
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # of this thread
        compiler.as_sql = lambda *_options, **_more: (sql, _filled(parameters, values))
        # all that Django's iterables want of a queryset
        query = SimpleNamespace(
            get_compiler=lambda *_options, **_more: compiler, selected=queryset.query.selected
        )
        asked = SimpleNamespace(
            db=DEFAULT_DB_ALIAS,
            query=query,
            model=queryset.model,
            _fields=queryset._fields,
            _known_related_objects={},
        )
        return list(queryset._iterable_class(asked))

    def row(self, **values):
        """The first row, or None."""
        return next(iter(self.rows(**values)), None)

    def sql(self, **values):
        """The SQL and its parameters, for a cursor."""
        *_kept, sql, parameters = self._compiled
        return sql, _filled(parameters, self._spread(values))

    def _spread(self, values):
        """The values by the names of the blanks; places of a list that stay free are 0, which is the key of no row."""
        for name, size in self._lists.items():
            keys = values.pop(name)
            if len(keys) > size:
                raise ValueError(f"{len(keys)} keys for {size} places of {name}")
            free = [0] * (size - len(keys))
            values |= {(name, place): key for place, key in enumerate([*keys, *free])}
        return values

    @functools.cached_property
    def _compiled(self):
        marks = {name: _MARKS[kind](place) for place, (name, kind) in enumerate(self._blanks.items())}
        lists = {name: [marks[name, place] for place in range(size)] for name, size in self._lists.items()}
        single = {name: mark for name, mark in marks.items() if not isinstance(name, tuple)}
        queryset = self._make_query(**single, **lists)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        names = {_adapted(mark): name for name, mark in marks.items()}
        parameters = [
            (names.get(value) if isinstance(value, int | str | dt.date) else None, value)
            for value in parameters
        ]
        if {name for name, _value in parameters if name} != set(marks) or queryset._prefetch_related_lookups:
            raise ValueError(f"{self._make_query.__qualname__} cannot be compiled once")
        converters = compiler.get_converters(
            [column for column, *_more in compiler.select[: compiler.col_count]]
        )
        return queryset, compiler, converters, sql, tuple(parameters)


def _filled(parameters, values):
    return tuple(_adapted(values[name]) if name else value for name, value in parameters)


def _adapted(value):
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value
