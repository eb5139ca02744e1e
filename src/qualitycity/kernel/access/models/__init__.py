"""Nouns of access: places, people with posts, who looked."""

from .people import Account, Appointment, Delegation, IncompatiblePosts, PersonalRecord
from .places import Region, Unit
from .views import ViewLog

__all__ = ["Account", "Appointment", "Delegation", "IncompatiblePosts", "PersonalRecord", "Region", "Unit", "ViewLog"]
