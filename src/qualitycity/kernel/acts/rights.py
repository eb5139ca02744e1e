"""Rights on 办理记录: lines go in through acts; links are the database's alone."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "acts_act": Rights(desk="SI", lab="I", web="SI", columns={"lab": "SELECT (id)"}),
    "acts_actlink": Rights(desk="S", web="S", guarded=False),
    "acts_dayroot": Rights(desk="SI", visitor="S", web="S"),
}
