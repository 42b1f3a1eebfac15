"""What a worker has at hand: the core app and the ways to the outside."""

import os
from dataclasses import dataclass
from functools import cache

from flask import Flask

from childcare import clock
from childcare.app import create_core
from childcare.settings import Settings
from gateways.limiter import Limiter, limiter
from gateways.sms import SmsGateway
from gateways.telegram import Telegram

# One job at a time: a transaction, and rarely a second one beside it.
CONNECTIONS = 2


@dataclass(frozen=True)
class Equipment:
    app: Flask
    telegram: Telegram
    sms: SmsGateway
    limiter: Limiter
    secret_key: str


def equip(settings: Settings, *, tick: clock.Clock = clock.database_clock) -> Equipment:
    """Everything for one process; connections are opened at first use."""
    # Parameters of statements are people's facts, which an error would carry into the log.
    options = {"pool_size": CONNECTIONS, "hide_parameters": True}
    return Equipment(
        app=create_core(settings, tick=tick, engine=options, name="workers"),
        telegram=Telegram(settings.telegram_bot_token, settings.telegram_api_url),
        sms=SmsGateway(settings.sms_gateway_url),
        limiter=limiter(settings.redis_url),
        secret_key=settings.secret_key,
    )


def of_this_process() -> Equipment:
    """The equipment made from the environment, once in every process, forked ones included."""
    return _of_process(os.getpid())


@cache
def _of_process(_pid: int) -> Equipment:
    return equip(Settings.from_env())
