"""The rules of party branches as plain functions and data: no rows, no clock, no page. Sources: domain.md §1, §2."""
