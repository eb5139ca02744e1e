"""Addresses of supervision sampling, by front door."""

from django.urls import path

from .views import draws, frames, plans, stage, visits
from .views import public as public_pages
from .views import witness as phone

desk = [
    path("plans/", plans.plan_list, name="plan-list"),
    path("plans/new/", plans.plan_new, name="plan-new"),
    path("plans/<int:pk>/", plans.plan_view, name="plan"),
    path("plans/<int:pk>/edit/", plans.plan_edit, name="plan-edit"),
    path("plans/<int:pk>/file/", plans.plan_file, name="plan-file"),
    path("plans/<int:pk>/return_/", plans.plan_return, name="plan-return"),
    path("plans/<int:pk>/approve/", plans.plan_approve, name="plan-approve"),
    path("plans/<int:pk>/amend/", plans.plan_amend, name="plan-amend"),
    path("plans/<int:pk>/complete/", plans.plan_complete, name="plan-complete"),
    path("plans/<int:pk>/frame/", plans.frame_build, name="frame-build"),
    path("frames/<int:pk>/", frames.frame_view, name="frame"),
    path("frames/<int:pk>/rebuild/", frames.frame_rebuild, name="frame-rebuild"),
    path("frames/<int:pk>/rehearse/", frames.frame_rehearse, name="frame-rehearse"),
    path("frames/<int:pk>/publish/", frames.frame_publish, name="frame-publish"),
    path("frames/<int:pk>/items/add/", frames.items_add, name="items-add"),
    path("frames/<int:pk>/items/excuse/", frames.items_excuse, name="items-excuse"),
    path("frames/<int:pk>/rows/<int:row>/exclude/", frames.row_exclude, name="row-exclude"),
    path("frames/<int:pk>/rows/<int:row>/include/", frames.row_include, name="row-include"),
    path("draws/", draws.draw_list, name="draw-list"),
    path("draws/<int:pk>/", draws.draw_view, name="draw"),
    path("draws/<int:pk>/void/", draws.draw_void, name="draw-void"),
    path("draws/<int:pk>/replacement/", draws.draw_replacement, name="draw-replacement"),
    path("draws/<int:pk>/again/", draws.draw_again, name="draw-again"),
    path("rounds/<int:pk>/", draws.round_view, name="round"),
    path("rounds/<int:pk>/reports/", draws.round_reports, name="round-reports"),
    path("rounds/<int:pk>/supplement/", draws.round_supplement, name="round-supplement"),
    path("rounds/<int:pk>/postpone/", stage.stage_postpone, name="round-postpone"),
    path("rounds/<int:pk>/void/", stage.stage_void, name="round-void"),
    path("rounds/<int:pk>/stage/", stage.stage, name="stage"),
    path("rounds/<int:pk>/stage/beacon/", stage.stage_beacon, name="stage-beacon"),
    path("rounds/<int:pk>/stage/seats/<int:seat>/reissue/", stage.stage_reissue, name="stage-reissue"),
    path("rounds/<int:pk>/stage/seats/<int:seat>/strike/", stage.stage_strike, name="stage-strike"),
    path("rounds/<int:pk>/stage/seats/<int:seat>/unsigned/", stage.stage_unsigned, name="stage-unsigned"),
    *(
        path(f"rounds/<int:pk>/stage/{verb}/", stage.stage_act, {"verb": verb}, name=f"stage-{verb}")
        for verb in stage.PRESSES
    ),
    path("visits/", visits.visit_list, name="visit-list"),
    path("visits/<int:pk>/", visits.visit_view, name="visit"),
    path("visits/<int:pk>/sample/", visits.visit_sample, name="visit-sample"),
    path("visits/<int:pk>/refuse/", visits.visit_refuse, name="visit-refuse"),
    path("visits/<int:pk>/miss/", visits.visit_miss, name="visit-miss"),
    path("visits/<int:pk>/report_shut/", visits.visit_report_shut, name="visit-report-shut"),
    path("visits/<int:pk>/confirm_shut/", visits.visit_confirm_shut, name="visit-confirm-shut"),
    path("visits/<int:pk>/dispute_shut/", visits.visit_dispute_shut, name="visit-dispute-shut"),
    path("visits/<int:pk>/call_reserve/", visits.visit_call_reserve, name="visit-call-reserve"),
    path("visits/<int:pk>/leave/", visits.visit_leave, name="visit-leave"),
]

witness = [
    path("", phone.sign_in, name="sign-in"),
    path("round/", phone.round_page, name="round"),
    path("round/write/", phone.write, name="write"),
    path("round/clear/", phone.clear, name="clear"),
    path("round/confirm/", phone.confirm, name="confirm"),
    path("round/sign/", phone.sign, name="sign"),
]

public = [path("", public_pages.draws, name="draws")]
