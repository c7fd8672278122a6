-- A top-up that is paid at a gateway: what was opened there. The gateway's money credits it, no person.
create table flows_top_up_charge (
  top_up_id {ID} primary key references flows_top_up (id),
  gateway text not null,
  -- Ours, at the gateway.
  reference text not null unique,
  url text,
  code text,
  expires_at {TS} not null,
  checked_at {TS}
);
