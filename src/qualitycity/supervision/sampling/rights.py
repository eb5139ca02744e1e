"""Table rights of supervision sampling. The laboratory's and the public's role read none of these tables:
identity reaches them only through publications."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "sampling_plan": Rights(desk="SIU"),
    "sampling_planstratum": Rights(desk="SID"),
    "sampling_frame": Rights(desk="SIU"),
    "sampling_framerow": Rights(desk="SIUD"),
    "sampling_reconciliation": Rights(desk="SIUD"),
    "sampling_rehearsal": Rights(desk="SI"),
    "sampling_draw": Rights(desk="SIU"),
    "sampling_poollab": Rights(desk="SI"),
    "sampling_poolsampler": Rights(desk="SI"),
    "sampling_round": Rights(desk="SIU"),
    "sampling_witness": Rights(desk="SIU"),
    "sampling_digitentry": Rights(desk="SI"),
    "sampling_confirmation": Rights(desk="SI"),
    "sampling_postponement": Rights(desk="SI"),
    "sampling_drawnunit": Rights(desk="SI"),
    "sampling_labmatch": Rights(desk="SI"),
    "sampling_teammatch": Rights(desk="SI"),
    "sampling_setaside": Rights(desk="SI"),
    "sampling_visit": Rights(desk="SIU"),
}
