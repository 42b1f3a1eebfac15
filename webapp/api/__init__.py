"""The API's resources, one module each."""

from flask_openapi.blueprint import APIBlueprint

from webapp.api import (
    bookings,
    calendars,
    care,
    children,
    desk,
    institutions,
    me,
    planning,
    sessions,
)

RESOURCES: tuple[APIBlueprint, ...] = (
    sessions.api,  # signing in shares its addresses
    institutions.api,
    children.api,
    bookings.api,
    calendars.api,
    care.api,
    me.api,
    desk.api,
    planning.api,
)
