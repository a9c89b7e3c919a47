"""The worker of the measurements: the portal's own, and a task that does nothing."""

from haimengyuan.celery import app


@app.task(name="bench.noop")
def noop():
    """What a task costs by itself."""
