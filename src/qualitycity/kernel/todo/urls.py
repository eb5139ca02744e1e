"""Addresses of the to-do centre."""

from django.urls import path

from . import views

desk = [
    path("", views.boxes, name="boxes"),
    path("box/<slug:name>/", views.boxes, name="box"),
    path("read/<int:pk>/", views.read, name="read"),
    path("delegations/", views.delegations, name="delegations"),
    path("delegations/new/", views.delegation_new, name="delegation-new"),
    path("delegations/<int:pk>/end/", views.delegation_end, name="delegation-end"),
]
