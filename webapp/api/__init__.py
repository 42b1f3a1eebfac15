"""The API's resources, one module each."""

from flask_openapi.blueprint import APIBlueprint

from webapp.api import (
    auth,
    bookings,
    calendars,
    care,
    children,
    desk,
    institutions,
    me,
    planning,
    sessions,  # also `auth`, whose addresses it shares
)

RESOURCES: tuple[APIBlueprint, ...] = (
    auth.api,
    institutions.api,
    children.api,
    bookings.api,
    calendars.api,
    care.api,
    me.api,
    desk.api,
    planning.api,
)
