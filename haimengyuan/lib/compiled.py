"""Queries that every request asks: their SQL is written by the ORM once per process and not once per request."""

import functools

_MARK = "the text that is asked for"


def compiled_once(make_query):
    """Decorate a function that builds a queryset around one text; the result gives (SQL, parameters) for a text.

    For `raw()` or a cursor. Writing the SQL costs the ORM several times what the database needs to answer.
    """

    @functools.cache
    def compiled():
        return make_query(_MARK).query.sql_with_params()

    @functools.wraps(make_query)
    def fill(text):
        sql, parameters = compiled()
        return sql, [text if value == _MARK else value for value in parameters]

    return fill
