"""Addresses of the switches of the face."""

from django.urls import path

from . import views

public = [path("elder/", views.elder, name="elder")]
