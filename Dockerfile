# One image; the command picks the process: serve (the default), work, migrate, or any other payhub command.

FROM python:3.11-slim AS build
WORKDIR /source
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/payhub \
    && /opt/payhub/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY formats formats
COPY banks banks
COPY reconciliation reconciliation
COPY gateway gateway
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/payhub/bin/pip install --no-cache-dir --no-deps --no-index /wheels/payhub-*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/payhub --create-home payhub
COPY --from=build /opt/payhub /opt/payhub
COPY tools/healthcheck.py /opt/payhub/healthcheck.py
ENV PATH=/opt/payhub/bin:$PATH PYTHONUNBUFFERED=1 PAYHUB_CONFIG=/etc/payhub
USER payhub
WORKDIR /var/lib/payhub
VOLUME /var/lib/payhub
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "/opt/payhub/healthcheck.py"]
ENTRYPOINT ["payhub"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
