"""The web application with limits that count every request and stop none of the load's."""

from flask import Flask

from webapp import create_app
from webapp.limits import Rate

PLENTY = "1000000 per second"


def create() -> Flask:
    return create_app(rates=dict.fromkeys(Rate, PLENTY))
