"""Rights on tables of libraries: sessions and sign-in belong to bare `web`; jobs to whoever may defer."""

from qualitycity.kernel.access.rights import Rights

_WEB = Rights(web="SIUD", guarded=False)
_READ = Rights(web="S", guarded=False)

RIGHTS = {
    "django_session": _WEB,
    "django_content_type": Rights(web="S", desk="S", guarded=False),
    "auth_group": _READ,
    "auth_group_permissions": _READ,
    "auth_permission": _READ,
    "account_emailaddress": _WEB,
    "account_emailconfirmation": _WEB,
    "mfa_authenticator": Rights(web="SIUD", desk="SD", guarded=False),
    "socialaccount_socialaccount": _WEB,
    "socialaccount_socialapp": _READ,
    "socialaccount_socialtoken": _WEB,
    "procrastinate_jobs": Rights(web="SIUD", desk="SI", guarded=False),
    "procrastinate_events": Rights(web="SIUD", desk="I", guarded=False),
    "procrastinate_periodic_defers": Rights(web="SIUD", guarded=False),
    "procrastinate_workers": Rights(web="SIUD", guarded=False),
}
SEQUENCES = {
    "procrastinate_jobs_id_seq": ("web", "desk"),
    "procrastinate_events_id_seq": ("web", "desk"),
    "procrastinate_periodic_defers_id_seq": ("web",),
}
