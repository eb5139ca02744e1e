"""Addresses of the face itself: help, and the switch of elder mode."""

from django.urls import path

from . import views

desk = [path("help/", views.help_page, name="help")]
lab = [path("help/", views.help_page, name="help")]
public = [
    path("elder/", views.elder, name="elder"),
    path("help/", views.public_help, name="help"),
]
