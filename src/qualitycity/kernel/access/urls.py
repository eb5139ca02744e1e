"""Addresses of access."""

from django.urls import path

from . import views

desk = [
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/new/", views.account_new, name="account-new"),
    path("accounts/<int:pk>/", views.account, name="account"),
    path("accounts/<int:pk>/appoint/", views.account_appoint, name="account-appoint"),
    path("accounts/<int:pk>/relieve/", views.account_relieve, name="account-relieve"),
    path("accounts/<int:pk>/unmask/", views.account_unmask, name="account-unmask"),
    path("accounts/<int:pk>/reset_second_factor/", views.account_reset, name="account-reset"),
    path("accounts/<int:pk>/erase/", views.account_erase, name="account-erase"),
    path("looks/", views.looks, name="looks"),
    path("looks/me/", views.looks_at_me, name="looks-at-me"),
]
