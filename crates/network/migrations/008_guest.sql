-- Hotspot guests: a voucher's code as a login without a customer.
create table network_guest (
  id {ID} primary key,
  batch_id {ID} not null,
  code text not null unique,
  branch_id {ID} not null,
  plan_id {ID} not null,
  days bigint not null,
  usable_until {TS} not null,
  state text not null,
  reason text,
  started_at {TS},
  ends_at {TS},
  mac text,
  nas_id {ID},
  revision bigint not null,
  changed_at {TS} not null,
  next_attempt_at {TS},
  attempts bigint not null default 0
);
create index network_guest_batch on network_guest (batch_id);
create index network_guest_revision on network_guest (revision);

alter table network_session add column guest_id {ID};
create index network_session_guest on network_session (guest_id, started_at) where guest_id is not null;
