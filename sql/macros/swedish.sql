-- a number as Swedish text: comma, no-break space between thousands, real minus, halves away from zero; null stays null
create or replace temp macro swedish(number, decimals := 0) as
    translate(format('{:,.' || decimals || 'f}', round(number::double, decimals) + 0.0), ',.-', chr(160) || ',−');

-- the same with its sign, plus included; zero without
create or replace temp macro swedish_signed(number, decimals := 0) as
    if(round(number::double, decimals) > 0, '+', '') || swedish(number, decimals := decimals);

-- a number of unknown size: as many decimals as three figures take, none above a hundred, at most six
create or replace temp macro swedish_figures(number) as
    swedish(number, decimals := greatest(0, least(6, 2 - floor(log10(greatest(abs(number), 1e-6)))::integer)));

-- a number as it was read: the decimals it has, at most three
create or replace temp macro swedish_exact(number) as
    regexp_replace(swedish(number, decimals := 3), ',?0+$', '');
