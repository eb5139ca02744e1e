"""Rights on clock and calendar: everybody reads them, the desk adds, nobody changes a row (a trigger sees to it)."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "clock_clocksetting": Rights(desk="SIU", lab="S", visitor="S", web="S"),
    "clock_calendaredition": Rights(desk="SIU", lab="S", visitor="S", web="S"),
    "clock_calendaryear": Rights(desk="SI", lab="S", visitor="S", web="S"),
}
