-- Written by `make schema` from the migrations.

-- Name: btree_gist; Type: EXTENSION; Schema: -; Owner: -

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

-- Name: refuse_oversold(); Type: FUNCTION; Schema: public; Owner: -

CREATE FUNCTION public.refuse_oversold() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  FOR i IN 1..48 LOOP
    IF NEW.taken[i] > OLD.taken[i] AND NEW.taken[i] > NEW.capacity[i] THEN
      RAISE EXCEPTION 'slot % is full', i
        USING ERRCODE = '23514', CONSTRAINT = 'ck_class_day_not_oversold';
    END IF;
  END LOOP;
  RETURN NEW;
END $$;

-- Name: absence; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.absence (
    id bigint NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint NOT NULL,
    from_on date NOT NULL,
    to_on date NOT NULL,
    starts smallint,
    ends smallint,
    reason text NOT NULL,
    declared_by text NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT ck_absence_hours CHECK ((((starts IS NULL) = (ends IS NULL)) AND (0 <= starts) AND (starts < ends) AND (ends <= 1440))),
    CONSTRAINT ck_absence_order CHECK ((from_on <= to_on))
);

-- Name: absence_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.absence ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.absence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: account_session; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.account_session (
    id bigint NOT NULL,
    token_hash text NOT NULL,
    guardian_id bigint,
    staff_id bigint,
    label text NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_account_session_one_owner CHECK ((num_nonnulls(guardian_id, staff_id) = 1))
);

-- Name: account_session_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.account_session ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

-- Name: audit; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    subject_id bigint NOT NULL,
    institution_id bigint,
    facts jsonb NOT NULL
);

-- Name: audit_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: booking; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.booking (
    id bigint NOT NULL,
    stay_id bigint NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    offering_id bigint NOT NULL,
    fee_sheet_id bigint NOT NULL,
    form text NOT NULL,
    day_part text,
    price_fen bigint NOT NULL,
    price_parts jsonb NOT NULL,
    fee_fen bigint NOT NULL,
    code text NOT NULL,
    version bigint NOT NULL,
    booked_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    approved_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    cancelled_by text,
    cancel_reason text,
    waived_fen bigint NOT NULL,
    objected_at timestamp with time zone,
    objection text,
    grant_until timestamp with time zone,
    CONSTRAINT ck_booking_fee_not_negative CHECK ((fee_fen >= 0)),
    CONSTRAINT ck_booking_price_not_negative CHECK ((price_fen >= 0))
);

-- Name: booking_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.booking ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.booking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: calendar_day; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.calendar_day (
    "on" date NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    runs_weekday smallint,
    source text NOT NULL,
    CONSTRAINT ck_calendar_day_kind CHECK ((kind = ANY (ARRAY['working'::text, 'weekend'::text, 'public_holiday'::text, 'makeup_workday'::text]))),
    CONSTRAINT ck_calendar_day_runs_weekday CHECK (((runs_weekday >= 1) AND (runs_weekday <= 7)))
);

-- Name: care_relation; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.care_relation (
    child_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    until date NOT NULL
);

-- Name: chat_code; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.chat_code (
    id bigint NOT NULL,
    guardian_id bigint NOT NULL,
    code_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

-- Name: chat_code_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.chat_code ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.chat_code_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: chat_update; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.chat_update (
    update_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    payload jsonb,
    received_at timestamp with time zone NOT NULL,
    attempts smallint DEFAULT '0'::smallint NOT NULL,
    done_at timestamp with time zone,
    outcome text,
    answer jsonb,
    answer_due_at timestamp with time zone
);

-- Name: child; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.child (
    id bigint NOT NULL,
    family_id bigint NOT NULL,
    name text NOT NULL,
    born_on date NOT NULL,
    weeks_early smallint NOT NULL,
    allergies text NOT NULL,
    care_notes text NOT NULL,
    vaccinated_on date,
    health_checked_on date,
    created_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT ck_child_weeks_early CHECK (((weeks_early >= 0) AND (weeks_early <= 18)))
);

-- Name: child_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.child ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.child_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: class_day; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.class_day (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    class_id bigint NOT NULL,
    "on" date NOT NULL,
    capacity smallint[] NOT NULL,
    taken smallint[] NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    queued boolean DEFAULT false NOT NULL,
    round_id bigint,
    CONSTRAINT ck_class_day_capacity CHECK (((NOT (array_dims(capacity) IS DISTINCT FROM '[1:48]'::text)) AND (array_position(capacity, NULL::smallint) IS NULL) AND (0 <= ALL (capacity)))),
    CONSTRAINT ck_class_day_taken CHECK (((NOT (array_dims(taken) IS DISTINCT FROM '[1:48]'::text)) AND (array_position(taken, NULL::smallint) IS NULL) AND (0 <= ALL (taken))))
)
WITH (fillfactor='50');

-- Name: class_day_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.class_day ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.class_day_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: class_group; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.class_group (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    band text NOT NULL,
    from_months smallint NOT NULL,
    to_months smallint NOT NULL,
    ratio smallint NOT NULL,
    places smallint NOT NULL,
    CONSTRAINT ck_class_group_band_known CHECK ((band = ANY (ARRAY['infant'::text, 'toddler'::text, 'older'::text, 'mixed'::text, 'home'::text]))),
    CONSTRAINT ck_class_group_places CHECK (((places >= 0) AND (places <= 20))),
    CONSTRAINT ck_class_group_ratio_positive CHECK ((0 < ratio))
);

-- Name: class_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.class_group ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.class_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: closure; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.closure (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    class_id bigint,
    from_on date NOT NULL,
    to_on date NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    CONSTRAINT ck_closure_order CHECK ((from_on <= to_on))
);

-- Name: closure_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.closure ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.closure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: dated_opening; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.dated_opening (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    "on" date NOT NULL,
    opens smallint NOT NULL,
    closes smallint NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_dated_opening_in_day CHECK (((0 <= opens) AND (opens < closes) AND (closes <= 1440)))
);

-- Name: dated_opening_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.dated_opening ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dated_opening_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: dated_shift; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.dated_shift (
    id bigint NOT NULL,
    class_id bigint NOT NULL,
    "on" date NOT NULL,
    carer text NOT NULL,
    starts smallint NOT NULL,
    ends smallint NOT NULL,
    CONSTRAINT ck_dated_shift_in_day CHECK (((0 <= starts) AND (starts < ends) AND (ends <= 1440)))
);

-- Name: dated_shift_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.dated_shift ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dated_shift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: draft; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.draft (
    guardian_id bigint NOT NULL,
    form text NOT NULL,
    answers jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

-- Name: enrolment; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.enrolment (
    id bigint NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    form text NOT NULL,
    day_part text NOT NULL,
    weekdays smallint[] NOT NULL,
    starts smallint NOT NULL,
    ends smallint NOT NULL,
    offering_id bigint NOT NULL,
    price_fen bigint NOT NULL,
    from_on date NOT NULL,
    ends_on date,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_enrolment_hours CHECK (((0 <= starts) AND (starts < ends) AND (ends <= 1440))),
    CONSTRAINT ck_enrolment_order CHECK (((ends_on IS NULL) OR (from_on <= ends_on))),
    CONSTRAINT ck_enrolment_state CHECK ((state = ANY (ARRAY['offered'::text, 'active'::text, 'ended'::text, 'refused'::text]))),
    CONSTRAINT ck_enrolment_weekdays CHECK ((cardinality(weekdays) > 0))
);

-- Name: enrolment_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.enrolment ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.enrolment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: family; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.family (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
);

-- Name: family_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.family ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.family_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: fee_sheet; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.fee_sheet (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    version bigint NOT NULL,
    effective_from date NOT NULL,
    cancellation_tiers jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

-- Name: fee_sheet_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.fee_sheet ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.fee_sheet_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: guardian; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.guardian (
    id bigint NOT NULL,
    family_id bigint NOT NULL,
    role text NOT NULL,
    name text NOT NULL,
    phone text,
    telegram_id bigint,
    chat_blocked_at timestamp with time zone,
    locale text NOT NULL,
    quiet_from smallint NOT NULL,
    quiet_until smallint NOT NULL,
    switches jsonb NOT NULL,
    consent_version text,
    consented_at timestamp with time zone,
    calendar_hash text,
    created_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT ck_guardian_locale CHECK ((locale = ANY (ARRAY['zh'::text, 'en'::text]))),
    CONSTRAINT ck_guardian_quiet_hours CHECK ((((quiet_from >= 0) AND (quiet_from <= 1439)) AND ((quiet_until >= 0) AND (quiet_until <= 1439)))),
    CONSTRAINT ck_guardian_role CHECK ((role = ANY (ARRAY['guardian'::text, 'relative'::text])))
);

-- Name: guardian_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.guardian ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.guardian_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: idempotency; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.idempotency (
    owner text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    status smallint,
    body json
);

-- Name: institution; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.institution (
    id bigint NOT NULL,
    registration_no text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    pinyin text NOT NULL,
    terms text[] NOT NULL,
    kind text NOT NULL,
    inclusive boolean NOT NULL,
    public boolean NOT NULL,
    address text NOT NULL,
    district text NOT NULL,
    street text NOT NULL,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    datum_given text NOT NULL,
    phone text NOT NULL,
    stars smallint,
    credit_grade text NOT NULL,
    health_adviser text NOT NULL,
    insured_until date,
    hub_id bigint,
    what_to_bring text NOT NULL,
    what_to_bring_en text DEFAULT ''::text NOT NULL,
    registered_places bigint,
    monthly_fee_fen bigint,
    is_sample boolean NOT NULL,
    opened_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_institution_position CHECK ((((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision)) AND ((lng >= ('-180'::integer)::double precision) AND (lng <= (180)::double precision)))),
    CONSTRAINT ck_institution_stars CHECK (((stars >= 1) AND (stars <= 5)))
);

-- Name: institution_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.institution ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.institution_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: offering; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.offering (
    id bigint NOT NULL,
    fee_sheet_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    form text NOT NULL,
    unit text NOT NULL,
    day_part text,
    starts smallint NOT NULL,
    ends smallint NOT NULL,
    price_fen bigint NOT NULL,
    shortest smallint NOT NULL,
    longest smallint NOT NULL,
    arrival_pauses jsonb NOT NULL,
    lead_minutes bigint NOT NULL,
    horizon_days bigint NOT NULL,
    approves_first_visit boolean NOT NULL,
    CONSTRAINT ck_offering_day_part CHECK (((unit = 'half_hour'::text) = (day_part IS NULL))),
    CONSTRAINT ck_offering_hours CHECK (((0 <= starts) AND (starts < ends) AND (ends <= 1440) AND (((starts)::integer % 30) = 0) AND (((ends)::integer % 30) = 0))),
    CONSTRAINT ck_offering_lengths CHECK (((0 < shortest) AND (shortest <= longest))),
    CONSTRAINT ck_offering_price_not_negative CHECK ((price_fen >= 0))
);

-- Name: offering_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.offering ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.offering_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: outbox; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    urgency smallint NOT NULL,
    recipient_id bigint,
    dedupe_key text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    leased_until timestamp with time zone,
    is_waiting boolean DEFAULT false NOT NULL,
    attempts bigint DEFAULT '0'::bigint NOT NULL,
    done_at timestamp with time zone,
    outcome text,
    failed_at timestamp with time zone,
    last_error text
);

-- Name: outbox_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: priority_proof; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.priority_proof (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    family_id bigint NOT NULL,
    criterion text NOT NULL,
    note text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by text NOT NULL,
    withdrawn_at timestamp with time zone
);

-- Name: priority_proof_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.priority_proof ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.priority_proof_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: priority_table; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.priority_table (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    version bigint NOT NULL,
    lines jsonb NOT NULL,
    reason text NOT NULL,
    published_at timestamp with time zone NOT NULL,
    published_by text NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    applied_at timestamp with time zone
);

-- Name: priority_table_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.priority_table ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.priority_table_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: quality_assessment; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.quality_assessment (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    scheme text NOT NULL,
    assessed_on date NOT NULL,
    score bigint NOT NULL,
    max_score bigint NOT NULL
);

-- Name: quality_assessment_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.quality_assessment ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.quality_assessment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: roster; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.roster (
    class_id bigint NOT NULL,
    "on" date NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

-- Name: saved_place; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.saved_place (
    id bigint NOT NULL,
    family_id bigint NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    CONSTRAINT ck_saved_place_position CHECK ((((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision)) AND ((lng >= ('-180'::integer)::double precision) AND (lng <= (180)::double precision))))
);

-- Name: saved_place_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.saved_place ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.saved_place_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: segment; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.segment (
    id bigint NOT NULL,
    enrolment_id bigint NOT NULL,
    class_id bigint NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    CONSTRAINT ck_segment_order CHECK ((from_on <= until_on))
);

-- Name: segment_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.segment ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.segment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: sign_in_code; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.sign_in_code (
    id bigint NOT NULL,
    phone text NOT NULL,
    purpose text NOT NULL,
    address text NOT NULL,
    nonce text NOT NULL,
    locale text NOT NULL,
    attempts smallint NOT NULL,
    attempts_elsewhere smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT ck_sign_in_code_attempts CHECK (((attempts <= 5) AND (attempts_elsewhere <= 5))),
    CONSTRAINT ck_sign_in_code_purpose CHECK ((purpose = ANY (ARRAY['sign-in'::text, 'link'::text])))
);

-- Name: sign_in_code_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.sign_in_code ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sign_in_code_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: staff_invitation; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.staff_invitation (
    id bigint NOT NULL,
    token_hash text NOT NULL,
    institution_id bigint NOT NULL,
    role text NOT NULL,
    intended_for text NOT NULL,
    invited_by_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    used_by_id bigint,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_staff_invitation_one_end CHECK (((used_at IS NULL) OR (revoked_at IS NULL))),
    CONSTRAINT ck_staff_invitation_role CHECK ((role = ANY (ARRAY['director'::text, 'front_desk'::text, 'finance'::text]))),
    CONSTRAINT ck_staff_invitation_used_by_somebody CHECK (((used_at IS NULL) = (used_by_id IS NULL)))
);

-- Name: staff_invitation_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.staff_invitation ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.staff_invitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: staff_member; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.staff_member (
    id bigint NOT NULL,
    username text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    locale text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT ck_staff_member_locale CHECK ((locale = ANY (ARRAY['zh'::text, 'en'::text])))
);

-- Name: staff_member_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.staff_member ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.staff_member_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: staff_role; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.staff_role (
    staff_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    role text NOT NULL,
    CONSTRAINT ck_staff_role_role CHECK ((role = ANY (ARRAY['director'::text, 'front_desk'::text, 'finance'::text])))
);

-- Name: stay; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.stay (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    class_id bigint NOT NULL,
    day_id bigint NOT NULL,
    "on" date NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint NOT NULL,
    source text NOT NULL,
    enrolment_id bigint,
    state text NOT NULL,
    during tstzrange NOT NULL,
    holds tstzmultirange NOT NULL,
    ends_at timestamp with time zone,
    reason text NOT NULL,
    checked_in_at timestamp with time zone,
    checked_out_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_stay_holds_within CHECK ((holds <@ during)),
    CONSTRAINT ck_stay_offered CHECK (((state <> 'offered'::text) OR (source = 'offer'::text))),
    CONSTRAINT ck_stay_source CHECK ((source = ANY (ARRAY['booking'::text, 'enrolment'::text, 'offer'::text]))),
    CONSTRAINT ck_stay_state CHECK ((state = ANY (ARRAY['offered'::text, 'held'::text, 'requested'::text, 'expected'::text, 'checked_in'::text, 'completed'::text, 'absent'::text, 'cancelled'::text, 'rejected'::text, 'expired'::text, 'no_show'::text])))
);

-- Name: stay_event; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.stay_event (
    id bigint NOT NULL,
    stay_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    why text NOT NULL,
    facts jsonb NOT NULL
);

-- Name: stay_event_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.stay_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.stay_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: stay_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.stay ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.stay_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: waitlist_bar; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.waitlist_bar (
    id bigint NOT NULL,
    round_id bigint NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint,
    why text NOT NULL
);

-- Name: waitlist_bar_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.waitlist_bar ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.waitlist_bar_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: waitlist_choice; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.waitlist_choice (
    entry_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    preference smallint NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    granted_by bigint,
    removed_at timestamp with time zone,
    CONSTRAINT ck_waitlist_choice_preference CHECK (((preference >= 1) AND (preference <= 5)))
);

-- Name: waitlist_entry; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.waitlist_entry (
    id bigint NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint NOT NULL,
    state text NOT NULL,
    form text NOT NULL,
    "on" date,
    start smallint,
    "end" smallint,
    day_part text,
    from_month date,
    weekdays smallint[] NOT NULL,
    together_id bigint,
    joined_at timestamp with time zone NOT NULL,
    joined_by text NOT NULL,
    renew_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone,
    expiries smallint NOT NULL,
    reason text NOT NULL,
    version bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_waitlist_entry_asks_for_one CHECK ((num_nonnulls("on", from_month) = 1)),
    CONSTRAINT ck_waitlist_entry_state CHECK ((state = ANY (ARRAY['waiting'::text, 'paused'::text, 'booked'::text, 'left'::text, 'lapsed'::text, 'removed'::text]))),
    CONSTRAINT ck_waitlist_entry_weekdays CHECK (((from_month IS NULL) = (cardinality(weekdays) = 0)))
);

-- Name: waitlist_entry_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.waitlist_entry ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.waitlist_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: waitlist_event; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.waitlist_event (
    id bigint NOT NULL,
    entry_id bigint NOT NULL,
    institution_id bigint,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    kind text NOT NULL,
    round_id bigint,
    offer_id bigint,
    why text NOT NULL,
    facts jsonb NOT NULL
);

-- Name: waitlist_event_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.waitlist_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.waitlist_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: waitlist_offer; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.waitlist_offer (
    id bigint NOT NULL,
    entry_id bigint NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    class_id bigint NOT NULL,
    stay_id bigint,
    enrolment_id bigint,
    round_id bigint NOT NULL,
    together_id bigint,
    state text NOT NULL,
    "on" date NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    offering_id bigint NOT NULL,
    price_fen bigint NOT NULL,
    priority bigint NOT NULL,
    table_id bigint,
    made_at timestamp with time zone NOT NULL,
    made_by text NOT NULL,
    out_of_order_reason text,
    ends_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    CONSTRAINT ck_waitlist_offer_lifetime CHECK ((made_at < ends_at)),
    CONSTRAINT ck_waitlist_offer_one_place CHECK ((num_nonnulls(stay_id, enrolment_id) = 1)),
    CONSTRAINT ck_waitlist_offer_state CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'declined'::text, 'expired'::text, 'withdrawn'::text])))
);

-- Name: waitlist_offer_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.waitlist_offer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.waitlist_offer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: waitlist_round; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.waitlist_round (
    id bigint NOT NULL,
    institution_id bigint NOT NULL,
    cause text NOT NULL,
    opened_at timestamp with time zone NOT NULL
);

-- Name: waitlist_round_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.waitlist_round ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.waitlist_round_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: waitlist_wish; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.waitlist_wish (
    id bigint NOT NULL,
    entry_id bigint NOT NULL,
    institution_id bigint NOT NULL,
    class_id bigint NOT NULL,
    family_id bigint NOT NULL,
    child_id bigint NOT NULL,
    preference smallint NOT NULL,
    "on" date,
    during tstzrange,
    from_on date,
    weekdays smallint NOT NULL,
    slots bigint NOT NULL,
    priority bigint NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    live boolean NOT NULL,
    CONSTRAINT ck_waitlist_wish_asks_for_one CHECK ((num_nonnulls("on", from_on) = 1)),
    CONSTRAINT ck_waitlist_wish_stay CHECK ((("on" IS NULL) = (during IS NULL)))
);

-- Name: waitlist_wish_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.waitlist_wish ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.waitlist_wish_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: weekly_hours; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.weekly_hours (
    institution_id bigint NOT NULL,
    weekday smallint NOT NULL,
    opens smallint NOT NULL,
    closes smallint NOT NULL,
    CONSTRAINT ck_weekly_hours_in_day CHECK (((0 <= opens) AND (opens < closes) AND (closes <= 1440))),
    CONSTRAINT ck_weekly_hours_weekday CHECK (((weekday >= 1) AND (weekday <= 7)))
);

-- Name: weekly_shift; Type: TABLE; Schema: public; Owner: -

CREATE TABLE public.weekly_shift (
    id bigint NOT NULL,
    class_id bigint NOT NULL,
    weekday smallint NOT NULL,
    carer text NOT NULL,
    starts smallint NOT NULL,
    ends smallint NOT NULL,
    CONSTRAINT ck_weekly_shift_in_day CHECK (((0 <= starts) AND (starts < ends) AND (ends <= 1440))),
    CONSTRAINT ck_weekly_shift_weekday CHECK (((weekday >= 1) AND (weekday <= 7)))
);

-- Name: weekly_shift_id_seq; Type: SEQUENCE; Schema: public; Owner: -

ALTER TABLE public.weekly_shift ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.weekly_shift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

-- Name: stay ex_stay_child; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT ex_stay_child EXCLUDE USING gist (child_id WITH =, holds WITH &&) WHERE ((source <> 'offer'::text));

-- Name: stay ex_stay_offer; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT ex_stay_offer EXCLUDE USING gist (child_id WITH =, holds WITH &&) WHERE ((state = 'offered'::text));

-- Name: absence pk_absence; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT pk_absence PRIMARY KEY (id);

-- Name: account_session pk_account_session; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT pk_account_session PRIMARY KEY (id);

-- Name: audit pk_audit; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (id);

-- Name: booking pk_booking; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT pk_booking PRIMARY KEY (id);

-- Name: calendar_day pk_calendar_day; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.calendar_day
    ADD CONSTRAINT pk_calendar_day PRIMARY KEY ("on");

-- Name: care_relation pk_care_relation; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.care_relation
    ADD CONSTRAINT pk_care_relation PRIMARY KEY (child_id, institution_id);

-- Name: chat_code pk_chat_code; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_code
    ADD CONSTRAINT pk_chat_code PRIMARY KEY (id);

-- Name: chat_update pk_chat_update; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_update
    ADD CONSTRAINT pk_chat_update PRIMARY KEY (update_id);

-- Name: child pk_child; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.child
    ADD CONSTRAINT pk_child PRIMARY KEY (id);

-- Name: class_day pk_class_day; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.class_day
    ADD CONSTRAINT pk_class_day PRIMARY KEY (id);

-- Name: class_group pk_class_group; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.class_group
    ADD CONSTRAINT pk_class_group PRIMARY KEY (id);

-- Name: closure pk_closure; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.closure
    ADD CONSTRAINT pk_closure PRIMARY KEY (id);

-- Name: dated_opening pk_dated_opening; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.dated_opening
    ADD CONSTRAINT pk_dated_opening PRIMARY KEY (id);

-- Name: dated_shift pk_dated_shift; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.dated_shift
    ADD CONSTRAINT pk_dated_shift PRIMARY KEY (id);

-- Name: draft pk_draft; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT pk_draft PRIMARY KEY (guardian_id);

-- Name: enrolment pk_enrolment; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT pk_enrolment PRIMARY KEY (id);

-- Name: family pk_family; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.family
    ADD CONSTRAINT pk_family PRIMARY KEY (id);

-- Name: fee_sheet pk_fee_sheet; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.fee_sheet
    ADD CONSTRAINT pk_fee_sheet PRIMARY KEY (id);

-- Name: guardian pk_guardian; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.guardian
    ADD CONSTRAINT pk_guardian PRIMARY KEY (id);

-- Name: idempotency pk_idempotency; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT pk_idempotency PRIMARY KEY (owner, key);

-- Name: institution pk_institution; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.institution
    ADD CONSTRAINT pk_institution PRIMARY KEY (id);

-- Name: offering pk_offering; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.offering
    ADD CONSTRAINT pk_offering PRIMARY KEY (id);

-- Name: outbox pk_outbox; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);

-- Name: priority_proof pk_priority_proof; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.priority_proof
    ADD CONSTRAINT pk_priority_proof PRIMARY KEY (id);

-- Name: priority_table pk_priority_table; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.priority_table
    ADD CONSTRAINT pk_priority_table PRIMARY KEY (id);

-- Name: quality_assessment pk_quality_assessment; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.quality_assessment
    ADD CONSTRAINT pk_quality_assessment PRIMARY KEY (id);

-- Name: roster pk_roster; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.roster
    ADD CONSTRAINT pk_roster PRIMARY KEY (class_id, "on");

-- Name: saved_place pk_saved_place; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.saved_place
    ADD CONSTRAINT pk_saved_place PRIMARY KEY (id);

-- Name: segment pk_segment; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.segment
    ADD CONSTRAINT pk_segment PRIMARY KEY (id);

-- Name: sign_in_code pk_sign_in_code; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.sign_in_code
    ADD CONSTRAINT pk_sign_in_code PRIMARY KEY (id);

-- Name: staff_invitation pk_staff_invitation; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_invitation
    ADD CONSTRAINT pk_staff_invitation PRIMARY KEY (id);

-- Name: staff_member pk_staff_member; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_member
    ADD CONSTRAINT pk_staff_member PRIMARY KEY (id);

-- Name: staff_role pk_staff_role; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_role
    ADD CONSTRAINT pk_staff_role PRIMARY KEY (staff_id, institution_id, role);

-- Name: stay pk_stay; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT pk_stay PRIMARY KEY (id);

-- Name: stay_event pk_stay_event; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay_event
    ADD CONSTRAINT pk_stay_event PRIMARY KEY (id);

-- Name: waitlist_bar pk_waitlist_bar; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_bar
    ADD CONSTRAINT pk_waitlist_bar PRIMARY KEY (id);

-- Name: waitlist_choice pk_waitlist_choice; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_choice
    ADD CONSTRAINT pk_waitlist_choice PRIMARY KEY (entry_id, institution_id);

-- Name: waitlist_entry pk_waitlist_entry; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_entry
    ADD CONSTRAINT pk_waitlist_entry PRIMARY KEY (id);

-- Name: waitlist_event pk_waitlist_event; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_event
    ADD CONSTRAINT pk_waitlist_event PRIMARY KEY (id);

-- Name: waitlist_offer pk_waitlist_offer; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT pk_waitlist_offer PRIMARY KEY (id);

-- Name: waitlist_round pk_waitlist_round; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_round
    ADD CONSTRAINT pk_waitlist_round PRIMARY KEY (id);

-- Name: waitlist_wish pk_waitlist_wish; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_wish
    ADD CONSTRAINT pk_waitlist_wish PRIMARY KEY (id);

-- Name: weekly_hours pk_weekly_hours; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.weekly_hours
    ADD CONSTRAINT pk_weekly_hours PRIMARY KEY (institution_id, weekday);

-- Name: weekly_shift pk_weekly_shift; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.weekly_shift
    ADD CONSTRAINT pk_weekly_shift PRIMARY KEY (id);

-- Name: account_session uq_account_session_token_hash; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT uq_account_session_token_hash UNIQUE (token_hash);

-- Name: booking uq_booking_code; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT uq_booking_code UNIQUE (code);

-- Name: booking uq_booking_stay_id; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT uq_booking_stay_id UNIQUE (stay_id);

-- Name: chat_code uq_chat_code_code_hash; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_code
    ADD CONSTRAINT uq_chat_code_code_hash UNIQUE (code_hash);

-- Name: class_day uq_class_day_class_id_on; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.class_day
    ADD CONSTRAINT uq_class_day_class_id_on UNIQUE (class_id, "on");

-- Name: dated_opening uq_dated_opening_institution_id_on; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.dated_opening
    ADD CONSTRAINT uq_dated_opening_institution_id_on UNIQUE (institution_id, "on");

-- Name: fee_sheet uq_fee_sheet_institution_id_version; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.fee_sheet
    ADD CONSTRAINT uq_fee_sheet_institution_id_version UNIQUE (institution_id, version);

-- Name: guardian uq_guardian_calendar_hash; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.guardian
    ADD CONSTRAINT uq_guardian_calendar_hash UNIQUE (calendar_hash);

-- Name: guardian uq_guardian_phone; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.guardian
    ADD CONSTRAINT uq_guardian_phone UNIQUE (phone);

-- Name: guardian uq_guardian_telegram_id; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.guardian
    ADD CONSTRAINT uq_guardian_telegram_id UNIQUE (telegram_id);

-- Name: institution uq_institution_registration_no; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.institution
    ADD CONSTRAINT uq_institution_registration_no UNIQUE (registration_no);

-- Name: offering uq_offering_fee_sheet_id_form_unit_day_part; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.offering
    ADD CONSTRAINT uq_offering_fee_sheet_id_form_unit_day_part UNIQUE NULLS NOT DISTINCT (fee_sheet_id, form, unit, day_part);

-- Name: outbox uq_outbox_dedupe_key; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT uq_outbox_dedupe_key UNIQUE (dedupe_key);

-- Name: priority_table uq_priority_table_institution_id_version; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.priority_table
    ADD CONSTRAINT uq_priority_table_institution_id_version UNIQUE (institution_id, version);

-- Name: saved_place uq_saved_place_family_id_kind; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.saved_place
    ADD CONSTRAINT uq_saved_place_family_id_kind UNIQUE (family_id, kind);

-- Name: staff_invitation uq_staff_invitation_token_hash; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_invitation
    ADD CONSTRAINT uq_staff_invitation_token_hash UNIQUE (token_hash);

-- Name: staff_member uq_staff_member_username; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_member
    ADD CONSTRAINT uq_staff_member_username UNIQUE (username);

-- Name: waitlist_choice uq_waitlist_choice_entry_id_preference; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_choice
    ADD CONSTRAINT uq_waitlist_choice_entry_id_preference UNIQUE (entry_id, preference);

-- Name: waitlist_choice uq_waitlist_choice_granted_by; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_choice
    ADD CONSTRAINT uq_waitlist_choice_granted_by UNIQUE (granted_by);

-- Name: waitlist_offer uq_waitlist_offer_enrolment_id; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT uq_waitlist_offer_enrolment_id UNIQUE (enrolment_id);

-- Name: waitlist_offer uq_waitlist_offer_stay_id; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT uq_waitlist_offer_stay_id UNIQUE (stay_id);

-- Name: waitlist_wish uq_waitlist_wish_entry_id_class_id; Type: CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_wish
    ADD CONSTRAINT uq_waitlist_wish_entry_id_class_id UNIQUE (entry_id, class_id);

-- Name: ix_absence_child_days; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_absence_child_days ON public.absence USING btree (child_id, from_on, to_on);

-- Name: ix_absence_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_absence_family_id ON public.absence USING btree (family_id);

-- Name: ix_account_session_expires_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_account_session_expires_at ON public.account_session USING btree (expires_at);

-- Name: ix_account_session_guardian_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_account_session_guardian_id ON public.account_session USING btree (guardian_id);

-- Name: ix_account_session_staff_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_account_session_staff_id ON public.account_session USING btree (staff_id);

-- Name: ix_audit_institution; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_audit_institution ON public.audit USING btree (institution_id, at);

-- Name: ix_audit_subject; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_audit_subject ON public.audit USING btree (subject, subject_id, at);

-- Name: ix_booking_child_institution; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_booking_child_institution ON public.booking USING btree (child_id, institution_id);

-- Name: ix_booking_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_booking_family_id ON public.booking USING btree (family_id, id);

-- Name: ix_chat_code_guardian_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_chat_code_guardian_id ON public.chat_code USING btree (guardian_id);

-- Name: ix_chat_update_answer_due_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_chat_update_answer_due_at ON public.chat_update USING btree (answer_due_at) WHERE (answer_due_at IS NOT NULL);

-- Name: ix_chat_update_done_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_chat_update_done_at ON public.chat_update USING btree (done_at);

-- Name: ix_chat_update_waiting; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_chat_update_waiting ON public.chat_update USING btree (chat_id, update_id) WHERE (done_at IS NULL);

-- Name: ix_child_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_child_family_id ON public.child USING btree (family_id);

-- Name: ix_class_day_institution_on; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_class_day_institution_on ON public.class_day USING btree (institution_id, "on");

-- Name: ix_class_group_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_class_group_institution_id ON public.class_group USING btree (institution_id);

-- Name: ix_closure_institution_days; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_closure_institution_days ON public.closure USING btree (institution_id, from_on, to_on);

-- Name: ix_dated_shift_class_day; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_dated_shift_class_day ON public.dated_shift USING btree (class_id, "on");

-- Name: ix_draft_changed_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_draft_changed_at ON public.draft USING btree (changed_at);

-- Name: ix_enrolment_child_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_enrolment_child_id ON public.enrolment USING btree (child_id);

-- Name: ix_enrolment_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_enrolment_family_id ON public.enrolment USING btree (family_id);

-- Name: ix_enrolment_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_enrolment_institution_id ON public.enrolment USING btree (institution_id);

-- Name: ix_guardian_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_guardian_family_id ON public.guardian USING btree (family_id);

-- Name: ix_idempotency_created_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_idempotency_created_at ON public.idempotency USING btree (created_at);

-- Name: ix_institution_position; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_institution_position ON public.institution USING btree (lat, lng);

-- Name: ix_institution_street; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_institution_street ON public.institution USING btree (district, street);

-- Name: ix_institution_terms; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_institution_terms ON public.institution USING gin (terms);

-- Name: ix_offering_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_offering_institution_id ON public.offering USING btree (institution_id);

-- Name: ix_outbox_done; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_outbox_done ON public.outbox USING btree (done_at) WHERE (done_at IS NOT NULL);

-- Name: ix_outbox_due; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_outbox_due ON public.outbox USING btree (urgency, due_at) WHERE ((done_at IS NULL) AND (failed_at IS NULL));

-- Name: ix_outbox_leased; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_outbox_leased ON public.outbox USING btree (leased_until) WHERE ((leased_until IS NOT NULL) AND (done_at IS NULL) AND (failed_at IS NULL));

-- Name: ix_outbox_recipient; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_outbox_recipient ON public.outbox USING btree (recipient_id, done_at) WHERE (recipient_id IS NOT NULL);

-- Name: ix_priority_table_in_force; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_priority_table_in_force ON public.priority_table USING btree (institution_id, effective_at);

-- Name: ix_quality_assessment_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_quality_assessment_institution_id ON public.quality_assessment USING btree (institution_id);

-- Name: ix_segment_class_days; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_segment_class_days ON public.segment USING btree (class_id, from_on, until_on);

-- Name: ix_segment_enrolment_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_segment_enrolment_id ON public.segment USING btree (enrolment_id);

-- Name: ix_sign_in_code_address; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_sign_in_code_address ON public.sign_in_code USING btree (address, created_at);

-- Name: ix_sign_in_code_created_at; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_sign_in_code_created_at ON public.sign_in_code USING btree (created_at);

-- Name: ix_sign_in_code_phone; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_sign_in_code_phone ON public.sign_in_code USING btree (phone, created_at);

-- Name: ix_staff_invitation_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_staff_invitation_institution_id ON public.staff_invitation USING btree (institution_id, created_at);

-- Name: ix_staff_role_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_staff_role_institution_id ON public.staff_role USING btree (institution_id);

-- Name: ix_stay_day_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_stay_day_id ON public.stay USING btree (day_id);

-- Name: ix_stay_enrolment; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_stay_enrolment ON public.stay USING btree (enrolment_id, "on") WHERE (enrolment_id IS NOT NULL);

-- Name: ix_stay_event_stay_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_stay_event_stay_id ON public.stay_event USING btree (stay_id, id);

-- Name: ix_stay_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_stay_family_id ON public.stay USING btree (family_id, "on");

-- Name: ix_stay_institution_on; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_stay_institution_on ON public.stay USING btree (institution_id, "on");

-- Name: ix_waitlist_bar_round_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_bar_round_id ON public.waitlist_bar USING btree (round_id, family_id);

-- Name: ix_waitlist_choice_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_choice_institution_id ON public.waitlist_choice USING btree (institution_id);

-- Name: ix_waitlist_entry_child_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_entry_child_id ON public.waitlist_entry USING btree (child_id);

-- Name: ix_waitlist_entry_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_entry_family_id ON public.waitlist_entry USING btree (family_id, id);

-- Name: ix_waitlist_entry_live_on; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_entry_live_on ON public.waitlist_entry USING btree ("on") WHERE (state = ANY (ARRAY['waiting'::text, 'paused'::text]));

-- Name: ix_waitlist_entry_renew; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_entry_renew ON public.waitlist_entry USING btree (renew_at) WHERE (state = 'waiting'::text);

-- Name: ix_waitlist_entry_together_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_entry_together_id ON public.waitlist_entry USING btree (together_id);

-- Name: ix_waitlist_event_entry_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_event_entry_id ON public.waitlist_event USING btree (entry_id, id);

-- Name: ix_waitlist_event_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_event_institution_id ON public.waitlist_event USING btree (institution_id, at);

-- Name: ix_waitlist_offer_child_open; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_offer_child_open ON public.waitlist_offer USING btree (child_id) WHERE (state = 'open'::text);

-- Name: ix_waitlist_offer_entry_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_offer_entry_id ON public.waitlist_offer USING btree (entry_id);

-- Name: ix_waitlist_offer_family_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_offer_family_id ON public.waitlist_offer USING btree (family_id, id);

-- Name: ix_waitlist_offer_institution; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_offer_institution ON public.waitlist_offer USING btree (institution_id, made_at);

-- Name: ix_waitlist_offer_open; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_offer_open ON public.waitlist_offer USING btree (ends_at) WHERE (state = 'open'::text);

-- Name: ix_waitlist_offer_round_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_offer_round_id ON public.waitlist_offer USING btree (round_id);

-- Name: ix_waitlist_round_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_round_institution_id ON public.waitlist_round USING btree (institution_id, opened_at);

-- Name: ix_waitlist_wish_enrolments; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_wish_enrolments ON public.waitlist_wish USING btree (class_id, from_on, priority DESC, joined_at, entry_id) WHERE (live AND (from_on IS NOT NULL));

-- Name: ix_waitlist_wish_institution_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_wish_institution_id ON public.waitlist_wish USING btree (institution_id) WHERE live;

-- Name: ix_waitlist_wish_queue; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_waitlist_wish_queue ON public.waitlist_wish USING btree (class_id, "on", priority DESC, joined_at, entry_id) WHERE (live AND ("on" IS NOT NULL));

-- Name: ix_weekly_shift_class_id; Type: INDEX; Schema: public; Owner: -

CREATE INDEX ix_weekly_shift_class_id ON public.weekly_shift USING btree (class_id);

-- Name: uq_priority_proof_valid; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX uq_priority_proof_valid ON public.priority_proof USING btree (institution_id, family_id, criterion) WHERE (withdrawn_at IS NULL);

-- Name: uq_waitlist_event_pass; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX uq_waitlist_event_pass ON public.waitlist_event USING btree (round_id, entry_id, why) WHERE (kind = 'passed-over'::text);

-- Name: uq_waitlist_offer_long_term; Type: INDEX; Schema: public; Owner: -

CREATE UNIQUE INDEX uq_waitlist_offer_long_term ON public.waitlist_offer USING btree (child_id) WHERE ((state = 'open'::text) AND (enrolment_id IS NOT NULL));

-- Name: class_day ck_class_day_not_oversold; Type: TRIGGER; Schema: public; Owner: -

CREATE TRIGGER ck_class_day_not_oversold BEFORE UPDATE ON public.class_day FOR EACH ROW WHEN ((old.opened_at = new.opened_at)) EXECUTE FUNCTION public.refuse_oversold();

-- Name: absence fk_absence_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT fk_absence_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: absence fk_absence_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.absence
    ADD CONSTRAINT fk_absence_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: account_session fk_account_session_guardian_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT fk_account_session_guardian_id FOREIGN KEY (guardian_id) REFERENCES public.guardian(id);

-- Name: account_session fk_account_session_staff_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT fk_account_session_staff_id FOREIGN KEY (staff_id) REFERENCES public.staff_member(id);

-- Name: booking fk_booking_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT fk_booking_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: booking fk_booking_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT fk_booking_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: booking fk_booking_fee_sheet_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT fk_booking_fee_sheet_id FOREIGN KEY (fee_sheet_id) REFERENCES public.fee_sheet(id);

-- Name: booking fk_booking_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT fk_booking_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: booking fk_booking_offering_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT fk_booking_offering_id FOREIGN KEY (offering_id) REFERENCES public.offering(id);

-- Name: booking fk_booking_stay_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT fk_booking_stay_id FOREIGN KEY (stay_id) REFERENCES public.stay(id);

-- Name: care_relation fk_care_relation_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.care_relation
    ADD CONSTRAINT fk_care_relation_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: chat_code fk_chat_code_guardian_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.chat_code
    ADD CONSTRAINT fk_chat_code_guardian_id FOREIGN KEY (guardian_id) REFERENCES public.guardian(id);

-- Name: child fk_child_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.child
    ADD CONSTRAINT fk_child_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: class_day fk_class_day_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.class_day
    ADD CONSTRAINT fk_class_day_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: class_day fk_class_day_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.class_day
    ADD CONSTRAINT fk_class_day_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: class_group fk_class_group_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.class_group
    ADD CONSTRAINT fk_class_group_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: closure fk_closure_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.closure
    ADD CONSTRAINT fk_closure_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: closure fk_closure_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.closure
    ADD CONSTRAINT fk_closure_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: dated_opening fk_dated_opening_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.dated_opening
    ADD CONSTRAINT fk_dated_opening_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: dated_shift fk_dated_shift_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.dated_shift
    ADD CONSTRAINT fk_dated_shift_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: draft fk_draft_guardian_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT fk_draft_guardian_id FOREIGN KEY (guardian_id) REFERENCES public.guardian(id);

-- Name: enrolment fk_enrolment_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT fk_enrolment_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: enrolment fk_enrolment_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT fk_enrolment_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: enrolment fk_enrolment_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT fk_enrolment_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: enrolment fk_enrolment_offering_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT fk_enrolment_offering_id FOREIGN KEY (offering_id) REFERENCES public.offering(id);

-- Name: fee_sheet fk_fee_sheet_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.fee_sheet
    ADD CONSTRAINT fk_fee_sheet_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: guardian fk_guardian_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.guardian
    ADD CONSTRAINT fk_guardian_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: institution fk_institution_hub_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.institution
    ADD CONSTRAINT fk_institution_hub_id FOREIGN KEY (hub_id) REFERENCES public.institution(id);

-- Name: offering fk_offering_fee_sheet_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.offering
    ADD CONSTRAINT fk_offering_fee_sheet_id FOREIGN KEY (fee_sheet_id) REFERENCES public.fee_sheet(id);

-- Name: offering fk_offering_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.offering
    ADD CONSTRAINT fk_offering_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: priority_proof fk_priority_proof_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.priority_proof
    ADD CONSTRAINT fk_priority_proof_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: priority_proof fk_priority_proof_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.priority_proof
    ADD CONSTRAINT fk_priority_proof_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: priority_table fk_priority_table_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.priority_table
    ADD CONSTRAINT fk_priority_table_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: quality_assessment fk_quality_assessment_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.quality_assessment
    ADD CONSTRAINT fk_quality_assessment_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: roster fk_roster_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.roster
    ADD CONSTRAINT fk_roster_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: saved_place fk_saved_place_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.saved_place
    ADD CONSTRAINT fk_saved_place_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: segment fk_segment_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.segment
    ADD CONSTRAINT fk_segment_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: segment fk_segment_enrolment_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.segment
    ADD CONSTRAINT fk_segment_enrolment_id FOREIGN KEY (enrolment_id) REFERENCES public.enrolment(id);

-- Name: staff_invitation fk_staff_invitation_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_invitation
    ADD CONSTRAINT fk_staff_invitation_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: staff_invitation fk_staff_invitation_invited_by_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_invitation
    ADD CONSTRAINT fk_staff_invitation_invited_by_id FOREIGN KEY (invited_by_id) REFERENCES public.staff_member(id);

-- Name: staff_invitation fk_staff_invitation_used_by_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_invitation
    ADD CONSTRAINT fk_staff_invitation_used_by_id FOREIGN KEY (used_by_id) REFERENCES public.staff_member(id);

-- Name: staff_role fk_staff_role_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_role
    ADD CONSTRAINT fk_staff_role_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: staff_role fk_staff_role_staff_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.staff_role
    ADD CONSTRAINT fk_staff_role_staff_id FOREIGN KEY (staff_id) REFERENCES public.staff_member(id);

-- Name: stay fk_stay_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT fk_stay_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: stay fk_stay_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT fk_stay_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: stay fk_stay_day_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT fk_stay_day_id FOREIGN KEY (day_id) REFERENCES public.class_day(id);

-- Name: stay_event fk_stay_event_stay_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay_event
    ADD CONSTRAINT fk_stay_event_stay_id FOREIGN KEY (stay_id) REFERENCES public.stay(id);

-- Name: stay fk_stay_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT fk_stay_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: stay fk_stay_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.stay
    ADD CONSTRAINT fk_stay_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: waitlist_bar fk_waitlist_bar_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_bar
    ADD CONSTRAINT fk_waitlist_bar_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: waitlist_bar fk_waitlist_bar_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_bar
    ADD CONSTRAINT fk_waitlist_bar_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: waitlist_bar fk_waitlist_bar_round_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_bar
    ADD CONSTRAINT fk_waitlist_bar_round_id FOREIGN KEY (round_id) REFERENCES public.waitlist_round(id);

-- Name: waitlist_choice fk_waitlist_choice_entry_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_choice
    ADD CONSTRAINT fk_waitlist_choice_entry_id FOREIGN KEY (entry_id) REFERENCES public.waitlist_entry(id);

-- Name: waitlist_choice fk_waitlist_choice_granted_by; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_choice
    ADD CONSTRAINT fk_waitlist_choice_granted_by FOREIGN KEY (granted_by) REFERENCES public.booking(id);

-- Name: waitlist_choice fk_waitlist_choice_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_choice
    ADD CONSTRAINT fk_waitlist_choice_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: waitlist_entry fk_waitlist_entry_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_entry
    ADD CONSTRAINT fk_waitlist_entry_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: waitlist_entry fk_waitlist_entry_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_entry
    ADD CONSTRAINT fk_waitlist_entry_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: waitlist_event fk_waitlist_event_entry_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_event
    ADD CONSTRAINT fk_waitlist_event_entry_id FOREIGN KEY (entry_id) REFERENCES public.waitlist_entry(id);

-- Name: waitlist_event fk_waitlist_event_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_event
    ADD CONSTRAINT fk_waitlist_event_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: waitlist_event fk_waitlist_event_offer_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_event
    ADD CONSTRAINT fk_waitlist_event_offer_id FOREIGN KEY (offer_id) REFERENCES public.waitlist_offer(id);

-- Name: waitlist_event fk_waitlist_event_round_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_event
    ADD CONSTRAINT fk_waitlist_event_round_id FOREIGN KEY (round_id) REFERENCES public.waitlist_round(id);

-- Name: waitlist_offer fk_waitlist_offer_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: waitlist_offer fk_waitlist_offer_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: waitlist_offer fk_waitlist_offer_enrolment_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_enrolment_id FOREIGN KEY (enrolment_id) REFERENCES public.enrolment(id);

-- Name: waitlist_offer fk_waitlist_offer_entry_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_entry_id FOREIGN KEY (entry_id) REFERENCES public.waitlist_entry(id);

-- Name: waitlist_offer fk_waitlist_offer_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: waitlist_offer fk_waitlist_offer_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: waitlist_offer fk_waitlist_offer_offering_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_offering_id FOREIGN KEY (offering_id) REFERENCES public.offering(id);

-- Name: waitlist_offer fk_waitlist_offer_round_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_round_id FOREIGN KEY (round_id) REFERENCES public.waitlist_round(id);

-- Name: waitlist_offer fk_waitlist_offer_stay_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_stay_id FOREIGN KEY (stay_id) REFERENCES public.stay(id);

-- Name: waitlist_offer fk_waitlist_offer_table_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_offer
    ADD CONSTRAINT fk_waitlist_offer_table_id FOREIGN KEY (table_id) REFERENCES public.priority_table(id);

-- Name: waitlist_round fk_waitlist_round_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_round
    ADD CONSTRAINT fk_waitlist_round_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: waitlist_wish fk_waitlist_wish_child_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_wish
    ADD CONSTRAINT fk_waitlist_wish_child_id FOREIGN KEY (child_id) REFERENCES public.child(id);

-- Name: waitlist_wish fk_waitlist_wish_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_wish
    ADD CONSTRAINT fk_waitlist_wish_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);

-- Name: waitlist_wish fk_waitlist_wish_entry_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_wish
    ADD CONSTRAINT fk_waitlist_wish_entry_id FOREIGN KEY (entry_id) REFERENCES public.waitlist_entry(id);

-- Name: waitlist_wish fk_waitlist_wish_family_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_wish
    ADD CONSTRAINT fk_waitlist_wish_family_id FOREIGN KEY (family_id) REFERENCES public.family(id);

-- Name: waitlist_wish fk_waitlist_wish_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.waitlist_wish
    ADD CONSTRAINT fk_waitlist_wish_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: weekly_hours fk_weekly_hours_institution_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.weekly_hours
    ADD CONSTRAINT fk_weekly_hours_institution_id FOREIGN KEY (institution_id) REFERENCES public.institution(id);

-- Name: weekly_shift fk_weekly_shift_class_id; Type: FK CONSTRAINT; Schema: public; Owner: -

ALTER TABLE ONLY public.weekly_shift
    ADD CONSTRAINT fk_weekly_shift_class_id FOREIGN KEY (class_id) REFERENCES public.class_group(id);
