"""Tables that leave the portal: CSV and Excel files in which no cell can act as a formula."""

import csv
import io
import unicodedata

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.workbook.child import INVALID_TITLE_REGEX

# What a spreadsheet program takes for the beginning of a formula, full-width twins included (they are folded first).
_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that hands back what is written to it: rows leave one by one, nothing piles up in memory."""

    def write(self, text):
        return text


def safe_cell(value):
    """`value` as text that no spreadsheet program runs: a formula's first sign gets an apostrophe before it.

    Signs that no keyboard types are left out: a file of Excel may not hold them, and one of them ended the export.
    """
    text = "" if value is None else ILLEGAL_CHARACTERS_RE.sub("", str(value))
    folded = unicodedata.normalize("NFKC", text[:1])
    # a blank before the sign is dropped by some programs
    stripped = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return f"'{text}" if folded.startswith(_STARTERS) or stripped.startswith(_STARTERS) else text


def csv_lines(rows):
    """The lines of a CSV file (an iterator of text) for an iterator of rows; the mark at its head tells Excel UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def xlsx_bytes(rows, *, title):
    """An Excel file of these rows, every cell a text, so that numbers keep their leading zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(INVALID_TITLE_REGEX.sub(" ", title)[:31])
    for row in rows:
        sheet.append([_text_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text_cell(sheet, value):
    cell = WriteOnlyCell(sheet, value=safe_cell(value))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
