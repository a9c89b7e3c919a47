# One image for every process: web, worker, beat and the one-shot `prepare`.
FROM python:3.12-slim AS packages
COPY requirements.txt .
RUN python -m venv /srv/venv && /srv/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.12-slim
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/srv/portal/var STATIC_ROOT=/srv/portal/static
RUN useradd --uid 10001 --home-dir /srv/portal --create-home portal \
    && install -d -o portal -g portal /srv/portal/var /srv/portal/static
COPY --from=packages /srv/venv /srv/venv
WORKDIR /srv/portal/app
COPY . .
RUN python -c "from pathlib import Path; from haimengyuan.lib.catalogues import compile_catalogues; compile_catalogues(Path('locale'))"
USER portal
# these three are worth nothing: the settings want some, the running containers get theirs from .env
RUN SECRET_KEY=build FIELD_KEYS=build HASH_KEY=build python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
CMD ["gunicorn", "haimengyuan.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
