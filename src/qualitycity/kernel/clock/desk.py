"""Menu entries of clock and calendar. The demonstration clock is in the menu of a demonstration alone."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.desk import Entry

MENU = [Entry(_("工作日历"), "clock:calendar", duty="calendar.view", group="rules", icon="calendar", order=20)]
if settings.CITY_DEMO:
    MENU.append(Entry(_("演示时钟"), "clock:clock", duty="clock.set", group="system", icon="clock", order=10))
