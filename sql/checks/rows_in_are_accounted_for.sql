-- every record of every file is loaded, rejected or a duplicate
select * from raw.files where rows_in <> loaded + rejected + duplicates
