"""Addresses of clocks."""

from django.urls import path

from . import views

desk = [
    path("", views.deadline_list, name="deadline-list"),
    path("<int:pk>/", views.deadline_record, name="deadline"),
    path("<int:pk>/subject/", views.subject, name="subject"),
]
