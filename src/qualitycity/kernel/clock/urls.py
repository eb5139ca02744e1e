"""Addresses of clock and calendar."""

from django.urls import path

from . import views

desk = [
    path("", views.clock_page, name="clock"),
    path("release/", views.clock_release, name="clock-release"),
    path("calendar/", views.calendar_year, name="calendar"),
    path("calendar/<int:year>/", views.calendar_year, name="calendar-year"),
    path("calendar/<int:year>/revise/", views.calendar_edit, name="calendar-edit"),
]
