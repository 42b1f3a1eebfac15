"""P8: how late the outbox is, through dispatcher, queue and worker."""

import time
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks.stack import Stack, settle

ROWS, SECONDS = 400, 20


def measure(stack: Stack) -> list[dict[str, object]]:
    """Rows due at random moments of twenty seconds on an idle system; done late by how much."""
    stack.start("dispatcher", "-m", "workers.dispatcher")
    stack.start("worker", "-m", "workers")
    settle(4)
    first = datetime.now(UTC) + timedelta(seconds=2)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        for number in range(ROWS):
            due = first + timedelta(seconds=SECONDS * number / ROWS)
            connection.execute(PUBLISH, [f"bench:{number}", due])
        deadline = time.monotonic() + SECONDS + 30
        while time.monotonic() < deadline:
            (left,) = connection.execute(LEFT).fetchone() or (0,)
            if not left:
                break
            time.sleep(0.5)
        late = sorted(float(row[0]) for row in connection.execute(LATENESS))
    return [
        {
            "bench": "P8",
            "goal": "99 % within 1 s of due, never before; p95 <= 0.2 s on an idle system",
            "rows": ROWS,
            "undone": left,
            "earliest_s": round(late[0], 4),
            "median_s": round(late[len(late) // 2], 4),
            "p95_s": round(late[int(len(late) * 0.95)], 4),
            "p99_s": round(late[int(len(late) * 0.99)], 4),
        }
    ]


# An expiry that finds nothing to end: the whole path, and no work of its own.
PUBLISH = """
INSERT INTO outbox (kind, payload, urgency, dedupe_key, created_at, due_at, is_waiting, attempts)
VALUES ('expire-hold', '{"booking_id": 0}', 2, %s, now(), %s, true, 0)
"""
LEFT = "SELECT count(*) FROM outbox WHERE dedupe_key LIKE 'bench:%' AND done_at IS NULL"
LATENESS = """
SELECT extract(epoch FROM done_at - due_at) FROM outbox
WHERE dedupe_key LIKE 'bench:%' AND done_at IS NOT NULL
"""
