# syntax=docker/dockerfile:1
# The image of web and worker. Both base images are arguments: any image with `python3` 3.11 or newer, its venv module
# and pip will do for the one, any with Node.js 20 or newer for the other.
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim-bookworm
ARG NODE_IMAGE=docker.io/library/node:22-bookworm-slim

FROM ${NODE_IMAGE} AS frontend
WORKDIR /srv/workings
COPY package.json package-lock.json .npmrc ./
RUN npm ci --silent --omit=dev
COPY tsconfig.json ./
COPY frontend frontend
RUN npm run --silent build

FROM ${PYTHON_IMAGE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/workings
COPY requirements/s3.txt requirements/build.txt requirements/
# What builds the package stays outside the environment that is shipped.
RUN python3 -m venv /srv/venv \
    && /srv/venv/bin/pip install --quiet --require-hashes --no-compile -r requirements/s3.txt \
    && /srv/venv/bin/pip install --quiet --require-hashes --target /srv/build -r requirements/build.txt
COPY pyproject.toml LICENSE ./
COPY app app
RUN PYTHONPATH=/srv/build /srv/venv/bin/pip install --quiet --no-deps --no-build-isolation --editable . \
    && /srv/venv/bin/pip uninstall --quiet --yes pip setuptools \
    && /srv/venv/bin/python -m compileall -q -x '/tests/' /srv/venv/lib app

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Workings" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WORKINGS_DATA_DIR=/var/lib/workings \
    WORKINGS_HOST=0.0.0.0 \
    WORKINGS_PORT=8000
# The numbers are fixed so that the owner of a volume stays the same from version to version.
RUN groupadd --gid 10001 workings \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/workings --no-create-home --shell /usr/sbin/nologin workings \
    && install -d -o workings -g workings -m 0700 /var/lib/workings
WORKDIR /srv/workings
COPY --from=packages /srv/venv /srv/venv
COPY --from=packages /srv/workings ./
COPY templates templates
COPY migrations migrations
COPY --from=frontend /srv/workings/app/static/dist app/static/dist
USER 10001:10001
VOLUME /var/lib/workings
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["workings", "serve"]
