"""In a real installation nobody administers with a password alone."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from qualitycity.kernel.access.actor import Actor

POSTS = {"admin", "security_admin"}


def to_enrolment(request: HttpRequest, actor: Actor) -> HttpResponse | None:
    """Lead the system and the security administrator to 「登录安全」 until a second factor is bound; else None.

    Must be called as bare `web`, who reads the factors as the sign-in pages do.
    """
    if settings.CITY_DEMO or not POSTS & actor.posts:
        return None
    factors = Authenticator.objects.filter(user=actor.account_id)
    if factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        return None
    messages.warning(request, _("系统管理员和安全管理员须先绑定第二因素,然后才能进入工作台。"))
    return redirect("mfa_index")
