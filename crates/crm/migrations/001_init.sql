-- Somebody who may become a customer. Who sold, channel and reseller are kept from the first moment:
-- commission needs them later.
create table crm_lead (
  id {ID} primary key,
  state text not null,
  name text not null,
  phone text not null,
  email text,
  nik_sealed {BYTES},
  nik_print {BYTES},
  address text not null,
  lat double precision,
  lon double precision,
  plan_id {ID},
  mode text,
  channel text not null,
  note text not null,
  lang text not null,
  branch_id {ID} not null,
  partner_id {ID},
  sold_by {ID},
  -- The coverage answer when it was last asked: null is "nobody drew an area yet, or no pin".
  covered boolean,
  area_id {ID},
  odp_id {ID},
  odp_distance_m bigint,
  reason text,
  customer_id {ID},
  subscription_id {ID},
  registered_at {TS} not null,
  verified_at {TS},
  verified_by {ID},
  changed_at {TS} not null
);
create index crm_lead_phone on crm_lead (phone);
create index crm_lead_nik on crm_lead (nik_print);
create index crm_lead_place on crm_lead (lat, lon);
create index crm_lead_state on crm_lead (state, id);
create index crm_lead_branch on crm_lead (branch_id, id);
create index crm_lead_partner on crm_lead (partner_id, id);

-- Flagged, never blocked. Names are read from the twin, so that personal data stands once.
create table crm_duplicate (
  lead_id {ID} not null references crm_lead (id),
  twin text not null,
  twin_id {ID} not null,
  same_phone boolean not null,
  same_nik boolean not null,
  near_m bigint,
  primary key (lead_id, twin, twin_id)
);

create table crm_customer (
  id {ID} primary key,
  number text not null unique,
  name text not null,
  kind text not null,
  phone text not null,
  email text,
  nik_sealed {BYTES},
  nik_print {BYTES},
  npwp text,
  address text not null,
  lat double precision,
  lon double precision,
  branch_id {ID} not null,
  partner_id {ID},
  sold_by {ID},
  channel text not null,
  withholds_pph23 boolean not null,
  withholds_wapu boolean not null,
  external_id text,
  lang text not null,
  created_at {TS} not null,
  changed_at {TS} not null,
  archived_at {TS}
);
create unique index crm_customer_external on crm_customer (external_id) where external_id is not null;
create index crm_customer_phone on crm_customer (phone);
create index crm_customer_nik on crm_customer (nik_print);
create index crm_customer_place on crm_customer (lat, lon);
create index crm_customer_branch on crm_customer (branch_id, id);
create index crm_customer_partner on crm_customer (partner_id, id);

-- What can be served: GeoJSON, with its box for a quick look.
create table crm_area (
  id {ID} primary key,
  name text not null,
  branch_id {ID} not null,
  polygon {JSON} not null,
  south double precision not null,
  north double precision not null,
  west double precision not null,
  east double precision not null,
  created_at {TS} not null,
  archived_at {TS}
);
create index crm_area_branch on crm_area (branch_id);

create table crm_odp (
  id {ID} primary key,
  code text not null,
  name text not null,
  branch_id {ID} not null,
  lat double precision not null,
  lon double precision not null,
  ports bigint not null,
  reach_m bigint not null,
  created_at {TS} not null,
  archived_at {TS}
);
create unique index crm_odp_code on crm_odp (branch_id, code) where archived_at is null;
create index crm_odp_place on crm_odp (lat, lon);

-- A port beyond crm_odp.ports is out of use.
create table crm_odp_port (
  odp_id {ID} not null references crm_odp (id),
  port bigint not null,
  subscription_id {ID},
  reserved_at {TS},
  primary key (odp_id, port)
);
create unique index crm_odp_port_subscription on crm_odp_port (subscription_id)
  where subscription_id is not null;

-- What was sold: one order a subscription.
create table crm_order (
  id {ID} primary key,
  number text not null unique,
  lead_id {ID},
  customer_id {ID} not null references crm_customer (id),
  subscription_id {ID} not null unique,
  plan_id {ID} not null,
  mode text not null,
  sold_by {ID},
  channel text not null,
  partner_id {ID},
  branch_id {ID} not null,
  created_at {TS} not null,
  cancelled_at {TS},
  cancelled_why text
);
create index crm_order_customer on crm_order (customer_id);
create index crm_order_branch on crm_order (branch_id, id);
create index crm_order_partner on crm_order (partner_id, id);
