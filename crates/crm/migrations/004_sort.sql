-- What lists are sorted by: a page goes on behind (value, id).
create index crm_customer_by_name on crm_customer (lower(name) {EXACT}, id);
create index crm_lead_by_name on crm_lead (lower(name) {EXACT}, id);
