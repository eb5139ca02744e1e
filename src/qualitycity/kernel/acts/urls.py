"""Addresses of the verification centre."""

from django.urls import path

from . import views

desk = [path("chain/", views.chain, name="chain"), path("lines/", views.lines, name="lines")]
