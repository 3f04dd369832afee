# The app image: web, worker and commands. It keeps nothing; everything is in the PostgreSQL that DATABASE_URL names.

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
RUN useradd --system --uid 10001 --create-home afterglow
COPY --from=build /opt/afterglow /opt/afterglow
ENV PATH=/opt/afterglow/bin:$PATH PYTHONUNBUFFERED=1
USER afterglow
WORKDIR /home/afterglow
EXPOSE 8000
CMD ["afterglow", "up"]
