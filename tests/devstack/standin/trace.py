"""Stands in for the migrations: leaves a lasting trace of each start in both servers."""

import os
import sys

import psycopg
import redis


def main(name: str) -> int:
    """Count one start."""
    if os.environ.get("STANDIN_FAILS") == name:
        sys.stderr.write(f"{name} has lost its keys\n")
        return 7
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS start (at timestamptz)")
        connection.execute("INSERT INTO start VALUES (now())")
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.incr("starts")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
