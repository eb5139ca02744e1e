"""Public addresses of publications."""

from django.urls import path

from . import views

public = [
    path("<slug:kind>/", views.index, name="publications"),
    path("<slug:kind>/<slug:slug>/", views.current, name="publication"),
    path("<slug:kind>/<slug:slug>/data.json", views.data, name="publication-data"),
    path("<slug:kind>/<slug:slug>/<int:number>/", views.version, name="publication-version"),
    path("<slug:kind>/<slug:slug>/<int:number>/data.json", views.data, name="publication-version-data"),
    path("<slug:kind>/<slug:slug>/<int:number>/<str:name>", views.file, name="publication-file"),
]
