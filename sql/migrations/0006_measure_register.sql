-- what a measure was worth a year to who decided on it, where the file of decisions tells it
alter table raw.measure_decisions add column promised_sek double;

-- one row per measure ever proposed: what it is called and acts on, in the words of the latest month it was seen in
create table ledger.measures (
    measure_key varchar not null, facility varchar not null, measure_id varchar not null, metering_point varchar,
    acts_on varchar, -- the metering points whose load it changes, separated by blanks
    title varchar, one_off boolean, cost_class varchar, difficulty varchar, actor varchar, verification varchar,
    told_month date not null, run_id varchar not null
);

-- one row per measure and month of data: what it was worth when the figures ended with that month
create table ledger.measure_sightings (
    measure_key varchar not null, month date not null,
    first_day date not null, -- first day of the months it was valued on
    saving_sek_per_year double not null, saving_sek_per_year_low double, saving_sek_per_year_high double,
    saving_kwh_per_year double, run_id varchar not null
);

-- one row per decision given on the command line (action decide), or taken back there (action undo); only appended
create table ledger.measure_decisions (
    action varchar not null, measure_key varchar not null, decision varchar not null, owner_role varchar,
    decided_on date not null, start_on date, cost_sek double, note varchar, promised_sek double,
    recorded_at timestamptz not null, why varchar, by_role varchar
);
