"""Menu entries of the rulebook."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.desk import Entry

MENU = [Entry(_("规则库"), "rulebook:rule-list", duty="rulebook.view", group="rules", icon="book", order=10)]
