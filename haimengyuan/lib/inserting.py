"""Inserts whose SQL is written once per process, like that of `haimengyuan.lib.compiled`.

Some ask and write at once: whether a row was new is the database's answer, not a look before. `save()` is not called:
what it would fill in is filled in before.
"""

import functools
from operator import attrgetter

from django.db import connection
from django.db.models import Field

AT_ONCE = 40  # rows of one statement


def insert(row):
    """Insert the unsaved model instance `row`, which has its primary key then; a unique key that is taken is an error."""
    with connection.cursor() as cursor:
        cursor.execute(*_insertion([row], returning=True))
        made = cursor.fetchone()
    _learn_key(row, made)


def insert_each(rows):
    """Insert the unsaved instances of one model. They learn no primary keys; a unique key that is taken is an error."""
    _insert_all(rows, _insertion)


def insert_unless_known(row):
    """Insert the unsaved model instance `row`, unless one of its unique keys is taken. Returns whether it was inserted.

    It has its primary key then. One statement, and no savepoint, for nothing fails.
    """
    with connection.cursor() as cursor:
        cursor.execute(*_insertion([row], returning=True, unless_known=True))
        made = cursor.fetchone()
    if made is None:
        return False
    _learn_key(row, made)
    return True


def _learn_key(row, made):
    (row.pk,) = made
    row._state.adding, row._state.db = False, connection.alias


def insert_unknown(rows):
    """Insert those of the unsaved instances of one model whose unique keys are free. They learn no primary keys."""
    _insert_all(rows, functools.partial(_insertion, unless_known=True))


def _insert_all(rows, insertion):
    rows = list(rows)
    with connection.cursor() as cursor:
        for first in range(0, len(rows), AT_ONCE):
            cursor.execute(*insertion(rows[first : first + AT_ONCE]))


def _insertion(rows, *, returning=False, unless_known=False):
    """The SQL and its parameters."""
    model = type(rows[0])
    values = [value_of(row) for row in rows for value_of in _values(model)]
    return _sql(model, len(rows), returning, unless_known), values


@functools.cache
def _columns(model):
    """All but the key, which the database gives."""
    return [field for field in model._meta.local_fields if not field.primary_key]


@functools.cache
def _values(model):
    """For each column a function that gives what an instance writes there."""
    return [_plain_value(field) if _is_plain(field) else _value(field) for field in _columns(model)]


_OVERRIDABLE = ("pre_save", "get_db_prep_save", "get_db_prep_value")


def _is_plain(field):
    """Whether the field has but `get_prep_value` to say of what it writes."""
    return not field.has_db_default() and all(
        getattr(type(field), name) is getattr(Field, name) for name in _OVERRIDABLE
    )


def _plain_value(field):
    prepare, own = field.get_prep_value, attrgetter(field.attname)
    return lambda row: prepare(own(row))


def _value(field):
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), connection)


@functools.cache
def _sql(model, count, returning, unless_known):
    quote, columns = connection.ops.quote_name, _columns(model)
    names = ", ".join(quote(field.column) for field in columns)
    places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * count)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {places}"
    if unless_known:
        sql += " ON CONFLICT DO NOTHING"
    return f"{sql} RETURNING {quote(model._meta.pk.column)}" if returning else sql
