# Build:  docker build -t tryon .                                  (CPU, embedded engine)
#         docker build -t tryon --build-arg SET=requirements.txt . (GPU, run with --gpus all)
# Run:    docker run --rm -p 7860:7860 --read-only --tmpfs /tmp:size=2g -v tryon-cache:/cache tryon
FROM python:3.11-slim-bookworm AS build
ARG SET=requirements-embedded.txt
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/tryon-venv
COPY requirements.txt requirements-embedded.txt /build/
RUN /opt/tryon-venv/bin/pip install -r /build/${SET}

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 1000 tryon && mkdir -p /cache && chown tryon:tryon /cache
COPY --from=build /opt/tryon-venv /opt/tryon-venv
WORKDIR /app
COPY app.py README.md LICENSE /app/
COPY assets /app/assets
COPY tryon /app/tryon
RUN /opt/tryon-venv/bin/python -m compileall -q /app/tryon
USER tryon
# Models and caches live in a volume, pictures in the tmpfs: nothing is written into the image's own layers.
ENV PATH=/opt/tryon-venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    TRYON_HOST=0.0.0.0 TRYON_PORT=7860 TRYON_WEIGHTS=/cache/tryon HF_HOME=/cache/huggingface \
    TRYON_HOME=/tmp/tryon GRADIO_TEMP_DIR=/tmp/gradio GRADIO_ANALYTICS_ENABLED=False HF_HUB_DISABLE_TELEMETRY=1 ORT_DISABLE_TELEMETRY=1
VOLUME /cache
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/config', timeout=4).read(1)"]
CMD ["python", "app.py"]
