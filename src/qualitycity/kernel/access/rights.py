"""Rights on the tables of access, and the mechanism itself for rooms to import (`Rights`)."""

from .table_rights import Rights

__all__ = ["RIGHTS", "Rights"]

RIGHTS = {
    "access_region": Rights(desk="SIU", lab="S", web="S"),
    "access_unit": Rights(desk="SIU", lab="S", web="S"),
    "access_account": Rights(
        desk="SIU", web="SU", guarded=False, columns={"lab": "SELECT (id, ref, display_name, username, erased_at)"}
    ),
    "access_account_groups": Rights(web="S", guarded=False),
    "access_account_user_permissions": Rights(web="S", guarded=False),
    "access_appointment": Rights(desk="SIU", web="S"),
    "access_incompatibleposts": Rights(desk="S", guarded=False),
    "access_delegation": Rights(desk="SIU", web="S"),
    "access_personalrecord": Rights(desk="SIU"),
    "access_viewlog": Rights(desk="SI", guarded=False),
}
