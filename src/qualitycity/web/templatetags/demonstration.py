"""What a demonstration shows on its sign-in page, and a real installation never does."""

from typing import Any

from django import template
from django.conf import settings

register = template.Library()


@register.inclusion_tag("web/_demo_accounts.html")
def demo_accounts() -> dict[str, Any]:
    """The demonstration accounts, in demonstration mode alone."""
    if settings.CITY_MODE != "demo":
        return {}
    from qualitycity.demo.people import PASSWORD, accounts

    return {"accounts": accounts(), "password": PASSWORD}
