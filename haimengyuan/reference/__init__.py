"""The reference data that every installation starts from: CSV files and what puts them into the tables."""

from haimengyuan.reference.loading import load_reference

__all__ = ["load_reference"]
