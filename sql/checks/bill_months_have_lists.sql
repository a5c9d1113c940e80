-- every billed component names its price list
select * from analysis.bill where price_list is null
