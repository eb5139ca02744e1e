"""Settings of every process of QualityCity; what differs between installations comes from the environment.

See docs/explanation/processes.md for the variables. Nothing here reads a secret from the repository.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.keyring import Keyring

SOURCE = Path(__file__).resolve().parents[1]
CITY_DATA = Path(os.environ.get("CITY_DATA", SOURCE.parents[1] / ".data")).resolve()
CITY_MODE = os.environ.get("CITY_MODE", "real")
CITY_DEMO = CITY_MODE in ("demo", "test")
CITY_URL = os.environ.get("CITY_URL", "http://127.0.0.1:8000")
CITY_SM3 = os.environ.get("CITY_SM3", "") == "1"
CITY_KEYRING = Keyring(Path(os.environ.get("CITY_KEY_FILE", CITY_DATA / "keys.json")))

SECRET_KEY = CITY_KEYRING.django_secret
DEBUG = False
ALLOWED_HOSTS = os.environ.get("CITY_HOSTS", urlsplit(CITY_URL).hostname or "127.0.0.1").split(",") + [
    "127.0.0.1",
    "localhost",
]
CSRF_TRUSTED_ORIGINS = [CITY_URL]
SECURE = CITY_URL.startswith("https://")


def database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a PostgreSQL URL; a `host=` in the query names a socket folder."""
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": query.pop("port", None) or (parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DATABASES = {"default": database(os.environ.get("CITY_DATABASE_URL", "postgresql://web@/city"))}

INSTALLED_APPS = [
    "qualitycity.web",  # first, so that its sign-in pages stand before the library's
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",  # the list of security keys says when each was used
    "django_htmx",
    "procrastinate.contrib.django",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.dingtalk",
    "allauth.socialaccount.providers.weixin",
    "allauth.mfa",
    "qualitycity.web.wecom",
    "qualitycity.kernel.access",
    "qualitycity.kernel.acts",
    "qualitycity.kernel.rulebook",
    "qualitycity.kernel.clock",
    "qualitycity.kernel.deadlines",
    "qualitycity.kernel.todo",
    "qualitycity.kernel.evidence",
    "qualitycity.kernel.documents",
    "qualitycity.kernel.sheets",
    "qualitycity.kernel.measures",
    "qualitycity.kernel.disclosure",
    "qualitycity.kernel.jobs",
    "qualitycity.kernel.ui",
    "qualitycity.registry",
    "qualitycity.supervision.sampling",
    "qualitycity.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "qualitycity.web.middleware.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qualitycity.web.middleware.Compression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "qualitycity.web.middleware.FrontDoor",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qualitycity.kernel.ui.context.shell",
            ]
        },
    }
]

ROOT_URLCONF = "qualitycity.web.urls"
WSGI_APPLICATION = "qualitycity.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The page of divisions belongs to the registry, the nouns to the kernel, which knows nothing of registries.
ABSOLUTE_URL_OVERRIDES = {"access.region": lambda region: f"{reverse('registry:regions')}?q={region.code}"}

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = (
    []
    if CITY_DEMO
    else [
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
        {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    ]
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "qualitycity.web.signin.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/300s/key"} | (
    {"login": "600/m/ip"} if CITY_DEMO else {}
)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Security keys need https or localhost, in a demonstration too: the library's switch would accept any origin at all.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
SOCIALACCOUNT_ADAPTER = "qualitycity.web.signin.SocialAccountAdapter"
# {"wecom": {"APPS": [{"client_id": …, "secret": …, "settings": {"agentid": …}}]}, "openid_connect": {…}, …}
_PROVIDERS = Path(os.environ.get("CITY_PROVIDERS_FILE", CITY_DATA / "providers.json"))
SOCIALACCOUNT_PROVIDERS: dict[str, object] = json.loads(_PROVIDERS.read_text()) if _PROVIDERS.exists() else {}

SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "qualitycity.kernel.ui.errors.csrf_failure"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = CITY_DATA / "static" if (CITY_DATA / "static").exists() else None  # collected in a real installation only
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600  # the names carry no digest: after an upgrade a browser asks again within the hour

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "qualitycity.kernel.evidence.upload.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_TEMP_DIR = os.environ.get("CITY_TMP") or None
SILENCED_SYSTEM_CHECKS = ["account.W001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
