# The app image: web, worker and commands. What must last is in the PostgreSQL that DATABASE_URL names and in /data.

FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/afterglow
COPY requirements requirements
RUN /opt/afterglow/bin/pip install --no-cache-dir --require-hashes -r requirements/app.txt
RUN sed -n '/^setuptools==/,/# via/p' requirements/dev.txt > /tmp/build.txt \
    && /opt/afterglow/bin/pip install --no-cache-dir --require-hashes -r /tmp/build.txt
COPY pyproject.toml LICENSE ./
COPY afterglow afterglow
RUN /opt/afterglow/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home afterglow \
    && install --directory --owner=afterglow --mode=0700 /data
COPY --from=build /opt/afterglow /opt/afterglow
ENV PATH=/opt/afterglow/bin:$PATH PYTHONUNBUFFERED=1 AFTERGLOW_DATA=/data
USER afterglow
WORKDIR /home/afterglow
VOLUME /data
EXPOSE 8000
CMD ["afterglow", "up", "--host", "0.0.0.0"]
