"""Addresses of files."""

from django.urls import path, re_path

from . import views

desk = [path("<int:pk>/", views.attachment, name="attachment")]
public = [re_path(r"^(?P<sha256>[0-9a-f]{64})\.(?P<suffix>[a-z0-9]{2,4})$", views.public_file, name="file")]
