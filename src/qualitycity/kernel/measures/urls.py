"""Addresses of figures."""

from django.urls import path

from . import views

desk = [path("<str:code>/", views.detail, name="measure")]
