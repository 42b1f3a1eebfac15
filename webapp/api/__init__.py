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
    panel_offers,
    panel_waitlist,
    planning,
    sessions,
    waitlist,
)

RESOURCES: tuple[APIBlueprint, ...] = (
    sessions.api,  # signing in shares its addresses
    institutions.api,
    children.api,
    bookings.api,
    calendars.api,
    care.api,
    waitlist.api,
    me.api,
    desk.api,
    planning.api,
    panel_waitlist.api,
    panel_offers.api,
)
