"""Verification in the public menu."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.routes import PUBLIC
from qualitycity.kernel.ui.desk import Entry

MENU = [Entry(_("核验文书"), "documents-public:verify", PUBLIC, "verify", icon="shield-check", order=90, door="public")]
