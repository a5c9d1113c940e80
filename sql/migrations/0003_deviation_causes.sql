-- one row per explanation of a deviation from budget, as written in the workbook and dropped back into the inbox
create table raw.deviation_causes (
    file_id integer not null, row_no bigint, deviation_key varchar, cause varchar, owner_role varchar,
    answered_on date, note varchar
);
