"""What each database role may do with the registry's tables. Laboratory and public read nothing: firms are identity.

The stage and the progress of imports stand outside the one door: they are nobody's record, and a reader of a file fills
them for minutes before any act.
"""

from qualitycity.kernel.access.rights import Rights

_KEPT = Rights(desk="SIU")
_ADDED = Rights(desk="SI")

RIGHTS = {
    "registry_enterprise": _KEPT,
    "registry_enterprisename": _ADDED,
    "registry_shop": _KEPT,
    "registry_productcategory": _KEPT,
    "registry_enterpriseproduct": _KEPT,
    "registry_supervisionclass": _ADDED,
    "registry_proposalreview": _KEPT,
    "registry_categoryproposal": Rights(desk="SIUD"),
    "registry_priorsampling": _KEPT,
    "registry_lab": _KEPT,
    "registry_labqualification": _ADDED,
    "registry_labscope": _ADDED,
    "registry_samplerrecord": _KEPT,
    "registry_declaredinterest": _KEPT,
    "registry_standard": _KEPT,
    "registry_lead": _KEPT,
    "registry_bureaulist": _KEPT,
    "registry_bureaulistentry": _KEPT,
    "registry_importbatch": _KEPT,
    "registry_importrow": Rights(desk="SIUD"),
    "registry_importstage": Rights(desk="SID", guarded=False),
    "registry_importprogress": Rights(desk="SIU", guarded=False),
    "registry_regionpackload": _KEPT,
}
