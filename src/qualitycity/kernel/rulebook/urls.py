"""Addresses of the rulebook."""

from django.urls import path

from . import views

desk = [
    path("", views.rule_list, name="rule-list"),
    path("<str:rule_id>/", views.rule_record, name="rule"),
    path("<str:rule_id>/revise/", views.rule_edit, name="rule-edit"),
]
