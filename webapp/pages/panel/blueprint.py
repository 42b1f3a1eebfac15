"""What every room of the panel registers its views on."""

from flask import Blueprint

panel = Blueprint("panel", __name__, url_prefix="/panel")
