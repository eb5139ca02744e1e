"""Settings of the test run: its own cluster (started by tests/conftest.py), its own key file, quick hashing."""

import os
import tempfile

os.environ.setdefault("CITY_MODE", "test")
os.environ.setdefault("CITY_DATA", tempfile.mkdtemp(prefix="city-test-"))
os.environ.setdefault("CITY_DATABASE_URL", "postgresql://owner@/city?host=/nonexistent")

from qualitycity.web.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
