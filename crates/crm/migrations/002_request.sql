-- What a customer or a reseller asks for and somebody of the office does: another plan, the end.
create table crm_request (
  id {ID} primary key,
  number text not null unique,
  customer_id {ID} not null,
  subscription_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  kind text not null,
  plan_id {ID},
  wished_on {DAY},
  note text not null,
  state text not null,
  asked_by text not null,
  created_at {TS} not null,
  answered_by text,
  answered_at {TS},
  answer text
);
-- One open request of a kind: asking twice is asking once.
create unique index crm_request_open on crm_request (subscription_id, kind) where state = 'open';
create index crm_request_customer on crm_request (customer_id, id);
create index crm_request_state on crm_request (state, id);
