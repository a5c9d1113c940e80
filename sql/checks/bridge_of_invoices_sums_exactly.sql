-- from invoiced before to invoiced after, to the öre, wherever every step is assessed
select project, comparison, carrier from marts.bridge_paid
group by all
having count(amount_sek) = count(*)
    and abs(sum(if(step = 'after', -1, 1) * amount_sek)) > 0.005
