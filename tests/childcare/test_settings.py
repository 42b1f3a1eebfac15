"""Configuration: every fault in one list, and no value in sight."""

from pathlib import Path

import pytest

from childcare.settings import Misconfigured, Settings

WHOLE = {
    "DATABASE_URL": "postgresql://city@127.0.0.1/childcare",
    "REDIS_URL": "redis://127.0.0.1/0",
    "SECRET_KEY": "k" * 40,
}


def test_what_is_whole_is_read_with_its_defaults() -> None:
    settings = Settings.from_env(WHOLE)
    assert settings.time_zone == "Asia/Shanghai"
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert "kkk" not in repr(settings)


def test_every_problem_is_named_at_once() -> None:
    env = {
        "DATABASE_URL": "mysql://x",
        "SECRET_KEY": "short",
        "TRUSTED_PROXIES": "many",
        "TIME_ZONE": "Europe/Paris",
        "BOT_WEBHOOK_URL": "https://city.example/hook",
    }
    with pytest.raises(Misconfigured) as refused:
        Settings.from_env(env)
    named = {problem.split()[0].rstrip(":") for problem in refused.value.problems}
    assert named == {
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "TRUSTED_PROXIES",
        "TIME_ZONE",
        "BOT_WEBHOOK_SECRET",
    }


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("f" * 40 + "\n")
    env = {**WHOLE, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}
    assert Settings.from_env(env).secret_key == "f" * 40
    with pytest.raises(Misconfigured, match="SECRET_KEY_FILE"):
        Settings.from_env({**WHOLE, "SECRET_KEY_FILE": str(tmp_path / "absent")})
