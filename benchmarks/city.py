"""Many institutions, families and signed-in parents, written in bulk for measuring."""

import hashlib
from datetime import UTC, datetime, timedelta

import psycopg

from childcare import clock

CLASS_PLACES = 20


def token(number: int) -> str:
    """The bearer token of family `number`."""
    return f"bench-{number:07d}-{hashlib.sha256(str(number).encode()).hexdigest()[:24]}"


def fill(url: str, *, classes: int, families: int, days: int = 2) -> datetime:
    """One class each in `classes` institutions, their next `days` days, and signed-in families.

    Ids run from 1; class day ids by day, then class. Returns local midnight of the first day,
    tomorrow.
    """
    now = datetime.now(UTC)
    first = clock.today(now) + timedelta(days=1)
    with psycopg.connect(url) as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in INSTITUTIONS.split(";\n"):
            connection.execute(statement, {"n": classes, "now": now})
        for ahead in range(days):
            on = first + timedelta(days=ahead)
            values = {"n": classes, "now": now, "on": on, "places": CLASS_PLACES}
            connection.execute(CLASS_DAYS, values)
        for statement in FAMILIES.split(";\n"):
            connection.execute(statement, {"n": families, "now": now, "first": first})
        with connection.cursor().copy(SESSIONS) as copy:
            for number in range(1, families + 1):
                known = hashlib.sha256(token(number).encode()).hexdigest()
                copy.write_row((known, number, "", "", now, now, now + timedelta(days=30)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return clock.midnight(first)


INSTITUTIONS = """
INSERT INTO institution (registration_no, name, name_en, pinyin, terms, kind, inclusive, public,
    address, district, street, lat, lng, datum_given, phone, stars, credit_grade, health_adviser,
    what_to_bring, is_sample, opened_at, created_at)
SELECT 'B' || n, '测试托育园' || n, 'Nursery ' || n, '', '{}', 'community_embedded', true, false,
    '', '朝阳', '劲松', 39.6 + (n %% 331) * 0.002, 116.1 + (n / 331) * 0.003, 'WGS-84', '', 4,
    '', '', '', true, %(now)s, %(now)s
FROM generate_series(1, %(n)s) n;
INSERT INTO class_group (institution_id, name, name_en, band, from_months, to_months, ratio, places)
SELECT n, '托大班', 'Older', 'older', 12, 35, 7, 20 FROM generate_series(1, %(n)s) n;
INSERT INTO fee_sheet (institution_id, version, effective_from, cancellation_tiers, created_at)
SELECT n, 1, '2026-01-01', '[[1440, 0], [120, 50], [0, 100]]', %(now)s
FROM generate_series(1, %(n)s) n;
INSERT INTO offering (fee_sheet_id, institution_id, form, unit, starts, ends, price_fen, shortest,
    longest, arrival_pauses, lead_minutes, horizon_days, approves_first_visit)
SELECT n, n, form, 'half_hour', 480, 1080, 2000, 30, 600, '[]', 0, 30, false
FROM generate_series(1, %(n)s) n, unnest(ARRAY['hourly', 'holiday']) form
"""

CLASS_DAYS = """
INSERT INTO class_day (institution_id, class_id, "on", capacity, taken, opened_at)
SELECT n, n, %(on)s,
    array_fill(0::smallint, ARRAY[16]) || array_fill(%(places)s::smallint, ARRAY[20])
        || array_fill(0::smallint, ARRAY[12]),
    array_fill(0::smallint, ARRAY[48]), %(now)s
FROM generate_series(1, %(n)s) n
"""

FAMILIES = """
INSERT INTO family (created_at) SELECT %(now)s FROM generate_series(1, %(n)s);
INSERT INTO guardian (family_id, role, name, locale, quiet_from, quiet_until, switches,
    consent_version, consented_at, created_at)
SELECT n, 'guardian', '', 'zh', 1320, 480, '{}', '2026-11', %(now)s, %(now)s
FROM generate_series(1, %(n)s) n;
INSERT INTO child (family_id, name, born_on, weeks_early, allergies, care_notes, created_at)
SELECT n, '宝宝', %(first)s::date - 20 * 30, 0, '', '', %(now)s FROM generate_series(1, %(n)s) n
"""

SESSIONS = """
COPY account_session (token_hash, guardian_id, label, address, created_at, last_seen_at,
    expires_at) FROM STDIN
"""
