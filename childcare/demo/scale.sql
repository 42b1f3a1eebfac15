-- The same every time: what looks random is a hash of the number.
CREATE TEMPORARY TABLE scale_house ON COMMIT DROP AS
SELECT n, :south + :height * ((hashint4(n)::bigint + 2147483648) / 4294967296.0) AS lat,
    :west + :width * ((hashint4(n + 1000003)::bigint + 2147483648) / 4294967296.0) AS lng
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n;

INSERT INTO institution (registration_no, name, name_en, pinyin, terms, kind, inclusive, public,
    address, district, street, lat, lng, datum_given, phone, stars, credit_grade, health_adviser,
    what_to_bring, registered_places, monthly_fee_fen, is_sample, opened_at, created_at)
SELECT :mark || lpad(h.n::text, 7, '0'), m.name, m.name_en, m.pinyin, m.terms, m.kind,
    h.n % 5 < 3, FALSE, '', '区' || (h.n % 16), m.street, h.lat, h.lng, 'WGS-84', '', h.n % 5 + 1,
    '', '', '', 20, 200000 + h.n % 20 * 10000, FALSE, NULL, :now
FROM scale_house h
JOIN scale_name m ON m.number = h.n % (SELECT count(*) FROM scale_name)
ORDER BY h.n;

CREATE TEMPORARY TABLE scale_new ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY id) AS n FROM institution
WHERE registration_no BETWEEN :mark || lpad(CAST(:first AS text), 7, '0')
    AND :mark || lpad(CAST(:last AS text), 7, '0');

INSERT INTO weekly_hours (institution_id, weekday, opens, closes)
SELECT id, weekday, 480, 1080 FROM scale_new, generate_series(1, 5) weekday;

INSERT INTO class_group (institution_id, name, name_en, band, from_months, to_months, ratio, places)
SELECT id, name, name_en, band, from_months, to_months, ratio, 20 - ratio
FROM scale_new, (VALUES ('托小班', 'Toddlers', 'toddler', 12, 23, 5),
    ('托大班', 'Older class', 'older', 24, 35, 7))
    AS kinds (name, name_en, band, from_months, to_months, ratio);

WITH sheet AS (
    INSERT INTO fee_sheet (institution_id, version, effective_from, cancellation_tiers, created_at)
    SELECT id, 1, :year, '[[1440, 0], [120, 50], [0, 100]]', :now FROM scale_new
    RETURNING id, institution_id)
INSERT INTO offering (fee_sheet_id, institution_id, form, unit, day_part, starts, ends, price_fen,
    shortest, longest, arrival_pauses, lead_minutes, horizon_days, approves_first_visit)
SELECT id, institution_id, form, unit, day_part, starts, ends,
    price + institution_id % 10 * 100, shortest, longest, '[]', 0, 30, FALSE
FROM sheet, (VALUES ('hourly', 'half_hour', NULL, 480, 1080, 1000, 60, 480),
    ('temporary', 'stay', 'full', 480, 1050, 15000, 570, 570),
    ('temporary', 'stay', 'morning', 480, 720, 8000, 240, 240))
    AS sold (form, unit, day_part, starts, ends, price, shortest, longest);

INSERT INTO class_day (institution_id, class_id, "on", capacity, taken, opened_at)
SELECT g.institution_id, g.id, CAST(day AS date),
    CAST(array_fill(0, ARRAY[16]) || array_fill(g.places::int, ARRAY[20])
        || array_fill(0, ARRAY[12]) AS smallint[]),
    CAST(array_fill(0, ARRAY[16]) || array_fill((g.id % (g.places + 1))::int, ARRAY[20])
        || array_fill(0, ARRAY[12]) AS smallint[]),
    :now
FROM scale_new h
JOIN class_group g ON g.institution_id = h.id,
    generate_series(CAST(:today AS timestamp), CAST(:last_day AS timestamp), '1 day') day;

ANALYZE institution, class_group, class_day, fee_sheet, offering;

DROP TABLE scale_house, scale_new, scale_name;
