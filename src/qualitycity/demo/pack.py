"""The demonstration pack of journeys.md 0.3: each room loads its own part, in this order, through its own doors."""

from __future__ import annotations

from datetime import date

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.duty_table import room_modules
from qualitycity.kernel.console import track

from . import people

J2_DAY = date(2027, 4, 6)


def load_pack() -> None:
    """Bring an empty database to the start state of J2: 2027-04-06, twelve firms, three labs, six samplers."""
    from qualitycity.kernel.clock.services import load_demo_calendar, set_clock

    with role("desk"), acting(SYSTEM), clock.on(J2_DAY):
        people.load_places()
        people.load_accounts()
        load_demo_calendar()
        for room in room_modules("demo"):
            if hasattr(room, "load_pack"):
                room.load_pack()
        set_clock(J2_DAY)  # from that very day: an empty city has no days behind it whose jobs would run


def load_year() -> None:
    """The larger city: what the rooms add to the pack."""
    with role("desk"), acting(SYSTEM):
        rooms = [room for room in room_modules("demo") if hasattr(room, "fill_city")]
        for room in track(rooms, "演示城市", len(rooms)):
            room.fill_city()
