"""The project: settings, addresses, background engine, and the pages that show rows of several apps."""

from haimengyuan.celery import app as celery_app

__all__ = ["celery_app"]
