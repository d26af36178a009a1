# The image of the newsletter: docs/docker.md tells how to build and run it.
#
# The base is named by its tag. Name it by its digest where builds must not change by themselves:
#   docker build --build-arg BASE=python:3.11-slim-bookworm@sha256:… .
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
# Bytecode is written once, at the end, in a form without times: two builds of a commit are alike.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
# Every package is a wheel whose hash is known: nothing is compiled, and no compiler is needed.
RUN python3 -m venv --without-pip /opt/newsletter \
    && python3 -m pip --python /opt/newsletter/bin/python install --require-hashes --only-binary :all: -r requirements.lock \
    && python3 -m venv /opt/build \
    && /opt/build/bin/python -m pip install --require-hashes --only-binary :all: -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY newsletter newsletter
COPY subscribers subscribers
COPY templates templates
RUN /opt/build/bin/python -m pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /opt/wheel . \
    && python3 -m pip --python /opt/newsletter/bin/python install --no-deps --no-index /opt/wheel/happy_trails-*.whl \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/newsletter/lib
COPY docker/entrypoint.py /opt/newsletter/entrypoint.py

FROM ${BASE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Happy Trails" \
      org.opencontainers.image.description="An email newsletter for running blogs" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
RUN groupadd --gid 10001 newsletter \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin newsletter \
    && install --directory --mode=0700 --owner=10001 --group=10001 /data
COPY --from=build /opt/newsletter /opt/newsletter
# All that is kept lies in /data: the newsletter folder, and the second note of what went out.
ENV PATH=/opt/newsletter/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/data \
    NEWSLETTER_FOLDER=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
VOLUME /data
WORKDIR /data
USER 10001:10001
# The readers' site and the author's desk.
EXPOSE 8025 8024
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 \
    CMD ["newsletter", "--quiet", "health"]
ENTRYPOINT ["/opt/newsletter/bin/python", "/opt/newsletter/entrypoint.py"]
CMD ["serve", "--host", "0.0.0.0"]
