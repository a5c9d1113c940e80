-- Files have a history: read, read again with other settings, taken back. Rows are never removed; a file's reading ends.
alter table raw.files add column ended_at timestamptz;
alter table raw.files add column ended_why varchar;
-- how the file was read: a hash of format, source version and options
alter table raw.files add column read_as varchar;
-- what the archive keeps where the original holds personal data; null: the original itself
alter table raw.files add column archived_sha256 varchar;
alter table raw.files add column sheet varchar;

-- where a file lay when it was seen, so that an untouched one need not be read again to be known
alter table raw.deliveries add column size_bytes bigint;
alter table raw.deliveries add column modified_ns bigint;

alter table raw.weather add column period varchar;

-- what a line is, more closely than its component: levy, fee, rounding and one_off are all the component other
alter table raw.invoice_lines add column line_class varchar;

-- one row per line of a voucher of the general ledger, debit positive
create table raw.ledger_lines (
    file_id integer not null, row_no bigint, organisation_id varchar, fiscal_year_start date, series varchar,
    voucher_no varchar, line_no bigint, voucher_date date, registered_date date, account varchar, account_name varchar,
    amount_sek double, quantity double, quantity_unit varchar, voucher_text varchar, line_text varchar, objects varchar
);

-- one row per balance of an account: opening, closing, result or period
create table raw.ledger_balances (
    file_id integer not null, row_no bigint, organisation_id varchar, fiscal_year_start date, kind varchar, month date,
    account varchar, objects varchar, amount_sek double, quantity double
);

-- one row per sample of a point of the building's automation
create table raw.trends (
    file_id integer not null, row_no bigint, point varchar, at_utc timestamp, value double, word varchar, unit varchar,
    status varchar
);

-- one row per booking of a space: never who booked
create table raw.bookings (
    file_id integer not null, row_no bigint, facility varchar, space varchar, start_utc timestamp, end_utc timestamp,
    activity varchar, participants double
);

-- one row per weekday and period of weekly opening hours, civil time
create table raw.opening_hours (
    file_id integer not null, row_no bigint, facility varchar, weekday bigint, opens varchar, closes varchar,
    valid_from date, valid_to date
);

-- one row per month and line of a budget
create table raw.budget (
    file_id integer not null, row_no bigint, version varchar, month date, facility varchar, carrier varchar,
    component varchar, account varchar, cost_centre varchar, amount_sek double, energy_kwh double
);

-- one row per decision on a measure, as written in the workbook and dropped back into the inbox
create table raw.measure_decisions (
    file_id integer not null, row_no bigint, measure_key varchar, decision varchar, owner_role varchar,
    decided_on date, start_on date, cost_sek double, note varchar
);
