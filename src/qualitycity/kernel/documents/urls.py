"""Addresses of papers: at the desk by code, in public under /verify/."""

from django.urls import path

from . import views

desk = [
    path("<str:code>/", views.paper, name="paper"),
    path("<str:code>/pdf/", views.pdf, name="pdf"),
    path("<str:code>/docx/", views.docx, name="docx"),
    path("<str:code>/withdraw/", views.withdraw, name="withdraw"),
]
public = [
    path("", views.verify, name="verify"),
    path("<str:code>/", views.code, name="code"),
]
