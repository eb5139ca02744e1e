"""Papers in the one search."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.search import Search

from .queries import find

SEARCHES = [Search("paper", _("文书"), "documents.paper.find", find)]
