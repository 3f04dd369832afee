"""Settings, from the environment only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from afterglow.config import env
from afterglow.config.addresses import app_database, as_django
from afterglow.config.keys import installation_secret

_PACKAGE = Path(__file__).resolve().parent.parent


DATA_DIR = Path(env.text("AFTERGLOW_DATA", ".afterglow")).expanduser().resolve()
DEBUG = env.flag("AFTERGLOW_DEBUG")
SITE_URL = env.text("AFTERGLOW_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_SITE = urlsplit(SITE_URL)
if _SITE.scheme not in ("http", "https") or not _SITE.hostname:
    raise env.WrongSetting(f"AFTERGLOW_SITE_URL must look like https://follow-up.example.com, not {SITE_URL!r}.")
_IS_HTTPS = _SITE.scheme == "https"

SECRET_KEY = installation_secret(env.secret("AFTERGLOW_SECRET_KEY"), data_dir=DATA_DIR)
SECRET_KEY_FALLBACKS = env.secret_words("AFTERGLOW_SECRET_KEY_FALLBACKS")
# The first one seals, all of them open: put a new one in front to change it.
SECRETS_KEYS = env.secret_words("AFTERGLOW_SECRETS_KEY") or [SECRET_KEY, *SECRET_KEY_FALLBACKS]


OWNER_DATABASE_URL = env.secret("DATABASE_URL")  # empty: the embedded PostgreSQL
_APP_DATABASE_URL = env.secret("AFTERGLOW_APP_DATABASE_URL")
HAS_OWN_APP_ROLE = bool(_APP_DATABASE_URL)  # somebody else made the role and keeps its password
APP_DATABASE = app_database(
    given=_APP_DATABASE_URL,
    owner_url=OWNER_DATABASE_URL,
    data_dir=DATA_DIR,
    secret_key=SECRET_KEY,
)
DATABASES = {"default": as_django(APP_DATABASE, pool_size=env.number("AFTERGLOW_POOL_SIZE", 8))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "django_htmx",
    "csp",
    "afterglow.config.apps.AfterglowConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "afterglow.config.static_files.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "afterglow.web.staff.StaffMiddleware",
]
ROOT_URLCONF = "afterglow.config.urls"
ASGI_APPLICATION = "afterglow.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "afterglow.web.toasts.toasts",
                "afterglow.web.views.session.theme",
            ],
            "builtins": ["afterglow.web.tags"],
        },
    }
]
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"  # every practice has its own zone

STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in [_PACKAGE / "web" / "static"] if folder.is_dir()]
WHITENOISE_USE_FINDERS = True  # served from the package: nothing to collect before the first start


LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# A screen left alone signs itself out: each request starts the time again.
SESSION_COOKIE_AGE = 60 * env.number("AFTERGLOW_SESSION_IDLE_MINUTES", 60)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _IS_HTTPS
CSRF_COOKIE_SECURE = _IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [f"{_SITE.scheme}://{_SITE.netloc}"]


ALLOWED_HOSTS = [_SITE.hostname, "127.0.0.1", "localhost", "[::1]", *env.words("AFTERGLOW_ALLOWED_HOSTS")]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _IS_HTTPS else 0
if env.flag("AFTERGLOW_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


# How old a message without an answer must be before its provider is asked whether it has it.
RESOLVE_GRACE = timedelta(seconds=env.number("AFTERGLOW_RESOLVE_GRACE", 40, least=3))
# Where the watcher says that all is well, and who may read the figures of /metrics. Empty: nowhere, nobody.
PING_URL = env.secret("AFTERGLOW_PING_URL")
if PING_URL and urlsplit(PING_URL).scheme not in ("http", "https"):
    raise env.WrongSetting("AFTERGLOW_PING_URL must be a web address that begins with https:// or http://.")
METRICS_TOKEN = env.secret("AFTERGLOW_METRICS_TOKEN")
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = ["afterglow.jobs"]


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"one_line": {"()": "afterglow.config.logs.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "one_line"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.choice("AFTERGLOW_LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
    "loggers": {
        "afterglow": {"level": "INFO"},
        "django": {"handlers": [], "propagate": True},  # its own handlers print the address of a request
        "django.server": {"handlers": [], "propagate": True},
    },
}
