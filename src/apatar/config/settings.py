"""Django's settings, from the environment of the operator. None is needed to start."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from apatar import vault
from apatar.config.environment import Environment, SecretMaker, data_folder, kept_secret
from apatar.config.logs import configure_logs
from apatar.config.mail import mail_settings
from apatar.vault.keyring import KeyRing, new_key

ENVIRONMENT = Environment.of_process()
HOME = data_folder(ENVIRONMENT)
HERE = Path(__file__).resolve().parent

SECRET_KEY = kept_secret(ENVIRONMENT, "APATAR_SECRET_KEY", HOME / "secret-key", SecretMaker(48))
vault.use(KeyRing.parse(kept_secret(ENVIRONMENT, "APATAR_KEYS", HOME / "keys", new_key)))

DEBUG = False
APATAR_URL = ENVIRONMENT.text("APATAR_URL").rstrip("/")
"""The public base URL; empty until `serve` knows its port."""
APATAR_REGISTRATION = ENVIRONMENT.choice("APATAR_REGISTRATION", ("open", "closed"))
APATAR_SALESFORCE_HOSTS = ENVIRONMENT.words("APATAR_SALESFORCE_HOSTS")
APATAR_METRICS_TOKEN = ENVIRONMENT.secret("APATAR_METRICS_TOKEN")
"""The bearer token that opens /metrics from elsewhere; this machine itself needs none."""
TRUSTED_PROXIES = ENVIRONMENT.number("APATAR_TRUSTED_PROXIES")
"""How many proxies of the operator stand before the service: the caller's address is read that far back."""
SECURE = APATAR_URL.startswith("https://")

# Mails hold addresses built from the Host header: only our own name may stand in it.
ALLOWED_HOSTS = [name for name in (urlsplit(APATAR_URL).hostname, "localhost", "127.0.0.1", "[::1]") if name]
CSRF_TRUSTED_ORIGINS = [APATAR_URL] if APATAR_URL else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The Web Connector follows no redirect; its door stands before Django, and pages write their slash.
APPEND_SLASH = True

DATABASE_URL = ENVIRONMENT.secret("DATABASE_URL") or f"sqlite:///{(HOME / 'apatar.sqlite3').as_posix()}"
POSTGRESQL = DATABASE_URL.startswith(("postgres://", "postgresql://"))


def _database() -> dict[str, Any]:
    if POSTGRESQL:
        pool = {"min_size": 1, "max_size": 10, "timeout": 20}
        return {**dj_database_url.parse(DATABASE_URL), "CONN_MAX_AGE": 0, "OPTIONS": {"pool": pool}}
    return {
        **dj_database_url.parse(DATABASE_URL),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # NORMAL loses no committed row when the process dies; the journal of writes to other systems is
            # committed with FULL (runs.durable), so that it survives the machine's death as well.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
        "TEST": {"NAME": str(HOME / "test.sqlite3")},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_scopes",
    *(["procrastinate.contrib.django"] if POSTGRESQL else []),
    "apatar.accounts",
    "apatar.jobs",
    "apatar.connections",
    "apatar.runs",
    "apatar.webconnector",
    "apatar.pages",
    "apatar.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apatar.pages.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apatar.accounts.gate.WorkspaceScope",
]
ROOT_URLCONF = "apatar.config.urls"
WSGI_APPLICATION = "apatar.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/connections/"
LOGOUT_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "apatar.pages.views.csrf_failure"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "apatar.accounts.adapter.AccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "apatar.accounts.mfa.SealedMFAAdapter"

EMAIL_URL = ENVIRONMENT.secret("EMAIL_URL")
MAIL = mail_settings(EMAIL_URL)
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = MAIL.backend, MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = MAIL.starttls, MAIL.ssl, 20
# Without a mail server nobody could click a link in a mail: registration then asks for none.
ACCOUNT_EMAIL_VERIFICATION = "optional" if EMAIL_URL else "none"
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_URL
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.text("APATAR_FROM", "Apatar On-Demand <apatar@localhost>")

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

LOGGING_CONFIG = None
configure_logs(level=ENVIRONMENT.choice("APATAR_LOG_LEVEL", ("info", "debug", "warning", "error")))

LARGEST_CALL = 64 * 1024 * 1024
"""Bytes of one SOAP call: many times the largest page that is asked for."""
