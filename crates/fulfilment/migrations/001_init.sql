create table fulfilment_work_order (
  id {ID} primary key,
  number text not null unique,
  kind text not null,
  subscription_id {ID} not null,
  customer_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  state text not null,
  -- Counts the visits: a failed one is followed by the next.
  visit bigint not null,
  scheduled_on {DAY},
  address text not null,
  site_lat double precision,
  site_lon double precision,
  note text not null,
  -- A customer's own device may be used: somebody of NOC said so.
  own_device_ok boolean not null,
  item_id {ID},
  serial text,
  mac_scanned text,
  scan_how text,
  scan_reason text,
  scanned_by {ID},
  scanned_at {TS},
  gps_lat double precision,
  gps_lon double precision,
  gps_accuracy_m bigint,
  gps_at {TS},
  distance_m bigint,
  review boolean not null,
  review_why text,
  reviewed_at {TS},
  online_result text,
  failed_reason text,
  cancelled_reason text,
  created_at {TS} not null,
  done_at {TS},
  -- Rises with every change; the row's lock is taken by raising it.
  version bigint not null
);
-- A subscription is installed once and dismantled once: one live order of each.
create unique index fulfilment_work_order_live on fulfilment_work_order (subscription_id, kind)
  where kind in ('install', 'dismantle') and state not in ('done', 'cancelled');
create index fulfilment_work_order_subscription on fulfilment_work_order (subscription_id, id);
create index fulfilment_work_order_customer on fulfilment_work_order (customer_id, id);
create index fulfilment_work_order_branch on fulfilment_work_order (branch_id, state, id);
create index fulfilment_work_order_state on fulfilment_work_order (state, scheduled_on);
create index fulfilment_work_order_review on fulfilment_work_order (id) where review;

-- Who does the work: the incentive is shared by them.
create table fulfilment_technician (
  work_order_id {ID} not null references fulfilment_work_order (id),
  user_id {ID} not null,
  primary key (work_order_id, user_id)
);
create index fulfilment_technician_user on fulfilment_technician (user_id, work_order_id);

-- The order's story: what happened when by the device's clock (evidence), and when we learned of it.
create table fulfilment_step (
  id {ID} primary key,
  work_order_id {ID} not null references fulfilment_work_order (id),
  visit bigint not null,
  step text not null,
  user_id {ID},
  actor_name text not null,
  occurred_at {TS} not null,
  recorded_at {TS} not null,
  detail text,
  -- One a (visit, step, technician) for what technicians do; the id for the rest.
  once_key text not null,
  unique (work_order_id, once_key)
);

-- Known by its hash before its bytes have come.
create table fulfilment_photo (
  id {ID} primary key,
  work_order_id {ID} not null references fulfilment_work_order (id),
  visit bigint not null,
  kind text not null,
  sha256 {BYTES} not null,
  user_id {ID},
  taken_at {TS} not null,
  mime text,
  bytes {BYTES},
  size bigint,
  received_at {TS},
  unique (work_order_id, sha256)
);

create table fulfilment_field_op (
  user_id {ID} not null,
  op_id {ID} not null,
  device text not null,
  seq bigint not null,
  subject {ID} not null,
  v bigint not null,
  occurred_at {TS} not null,
  based_on text,
  kind text not null,
  body {JSON} not null,
  body_hash {BYTES} not null,
  state text not null,
  result {JSON},
  received_at {TS} not null,
  applied_at {TS},
  primary key (user_id, op_id)
);
create index fulfilment_field_op_chain on fulfilment_field_op (user_id, device, subject, seq);
create index fulfilment_field_op_open on fulfilment_field_op (subject, state);
create index fulfilment_field_op_age on fulfilment_field_op (received_at);
