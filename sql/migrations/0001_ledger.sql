-- Instants *_utc are UTC without a zone: arithmetic on them needs no calendar and is fast.
-- The ledger: what came in (raw), and what was decided and published. Core, analysis and marts are rebuilt at each run.
create schema if not exists raw;
create schema if not exists staging;
create schema if not exists core;
create schema if not exists analysis;
create schema if not exists marts;
create schema if not exists ledger;
create schema if not exists settings;

-- one row per distinct content (sha256) ever delivered
create table raw.files (
    file_id integer not null,
    sha256 varchar not null,
    file_name varchar not null,
    source varchar,
    source_version integer,
    size_bytes bigint not null,
    received_at timestamptz not null,
    encoding varchar,
    clock varchar,
    issued_at varchar,
    rows_in bigint not null,
    loaded bigint not null,
    rejected bigint not null,
    duplicates bigint not null,
    status varchar not null,
    message varchar
);

-- one row per delivery of a file name, the same bytes again included
create table raw.deliveries (sha256 varchar not null, file_name varchar not null, delivered_at timestamptz not null);

-- one row per record that could not be loaded
create table raw.rejects (
    file_id integer not null, row_no bigint, sheet varchar, rule varchar not null, message varchar not null,
    original varchar
);

-- one row per finding of a source
create table raw.findings (
    file_id integer not null, rule varchar not null, level varchar not null, message varchar not null, row_no bigint,
    sheet varchar, facility varchar, metering_point varchar, amount_sek double
);

-- one row per value a meter file gave
create table raw.readings (
    file_id integer not null, row_no bigint, metering_point varchar, quantity varchar, kind varchar,
    start_utc timestamp, end_utc timestamp, value double, status varchar
);

-- one row per invoice document
create table raw.invoices (
    file_id integer not null, row_no bigint, supplier_id varchar, supplier varchar, customer_id varchar,
    invoice_no varchar, issue_date date, due_date date, document_type varchar, currency varchar,
    metering_point varchar, accounting_cost varchar, note varchar, references_invoice varchar, net_sek double,
    vat_sek double, rounding_sek double, payable_sek double
);

-- one row per invoice line
create table raw.invoice_lines (
    file_id integer not null, row_no bigint, supplier_id varchar, invoice_no varchar, issue_date date,
    document_type varchar, line_id varchar, metering_point varchar, item varchar, note varchar, component varchar,
    quantity double, unit varchar, price double, base_quantity double, amount_sek double, vat_percent double,
    period_start date, period_end date
);

-- one row per weather value
create table raw.weather (
    file_id integer not null, row_no bigint, station varchar, station_name varchar, parameter varchar,
    start_utc timestamp, end_utc timestamp, value double, status varchar
);

-- one row per price interval
create table raw.prices (
    file_id integer not null, row_no bigint, area varchar, start_utc timestamp, end_utc timestamp,
    currency varchar, price_per_mwh double
);

-- one row per day and currency
create table raw.fx (file_id integer not null, row_no bigint, day date, currency varchar, per_eur double);

-- one row per event of a calendar file
create table raw.events (
    file_id integer not null, row_no bigint, facility varchar, kind varchar, start_utc timestamp,
    end_utc timestamp, carrier varchar, treatment varchar, value double, reason varchar, decided_by varchar
);

-- one row per run of ingest, analyse or publish: the receipt
create table ledger.runs (
    run_id varchar not null, step varchar not null, started_at timestamptz not null, ended_at timestamptz,
    status varchar not null, program_version varchar not null, settings_sha256 varchar, inputs_sha256 varchar,
    message varchar
);

-- one row per closing or reopening of a month
create table ledger.closings (
    month date not null, version integer not null, action varchar not null, decided_at timestamptz not null, why varchar,
    run_id varchar
);

-- one row per figure frozen when its month was closed
create table ledger.frozen (
    month date not null, version integer not null, mart varchar not null, evidence_key varchar not null,
    measure varchar not null, value double
);
