-- a fault of a meter has no amount, and is seen and decided on all the same
alter table ledger.measure_sightings alter column saving_sek_per_year drop not null;
