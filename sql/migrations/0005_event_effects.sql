-- a stated effect of an event has a unit and an uncertainty, and events may share one effect
alter table raw.events add column unit varchar;
alter table raw.events add column uncertainty double;
alter table raw.events add column event_group varchar;
