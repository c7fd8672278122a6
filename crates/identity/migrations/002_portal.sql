-- A customer's one-time code: one open code a phone, known by a keyed hash of both.
create table identity_portal_code (
  phone_hash {BYTES} primary key,
  code_hash {BYTES} not null,
  tries bigint not null,
  created_at {TS} not null,
  expires_at {TS} not null
);

-- A session of the customers' portal: whose phone it is was proven; which customer, they choose.
create table identity_portal_login (
  id {ID} primary key,
  phone text not null,
  customer_id {ID},
  token_hash {BYTES} not null unique,
  created_at {TS} not null,
  seen_at {TS} not null,
  expires_at {TS} not null,
  ended_at {TS},
  address text,
  agent text
);
create index identity_portal_login_phone on identity_portal_login (phone) where ended_at is null;
