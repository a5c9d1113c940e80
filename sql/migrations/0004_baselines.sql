-- one row per version of the frozen baseline of a project's meter: fitted once, then only read; a new one needs a decision
create table ledger.baselines (
    project varchar not null, metering_point varchar not null, version integer not null, model_version varchar not null,
    frozen_at timestamptz not null, run_id varchar not null,
    inputs_sha256 varchar not null,
    inputs_json varchar not null, -- what the fit saw, part by part, so that a later difference can be named
    model_sha256 varchar not null, model_zlib blob not null, -- the model's JSON document, compressed
    reason varchar not null, decided_by varchar, ended_at timestamptz, ended_why varchar
);

-- one row per decision to fit a baseline anew: it waits (outcome null) until the next analysis has tried it
create table ledger.rebaselinings (
    project varchar not null, metering_point varchar not null, decided_at timestamptz not null, why varchar not null,
    decided_by varchar, ended_at timestamptz, outcome varchar
);

drop table if exists analysis.models;
