-- Who we buy from. Names are one whatever their case.
create table inventory_supplier (
  id {ID} primary key,
  name text not null,
  name_key text not null unique,
  phone text,
  contact text,
  address text,
  created_at {TS} not null,
  archived_at {TS}
);

-- An order to a supplier: written by one person, approved by another, then received.
create table inventory_purchase (
  id {ID} primary key,
  number text not null unique,
  series text not null,
  seq bigint not null,
  supplier_id {ID} not null references inventory_supplier (id),
  branch_id {ID} not null,
  -- The warehouse where the goods are expected.
  location_id {ID} not null references inventory_location (id),
  state text not null,
  note text,
  expected_on {DAY},
  -- Rupiah, of all lines as ordered.
  total bigint not null,
  -- Rises with each change: who approves says which one they saw.
  version bigint not null,
  created_by_name text not null,
  created_at {TS} not null,
  submitted_by_name text,
  submitted_at {TS},
  decided_by_name text,
  decided_at {TS},
  -- When it was received in full, closed short or cancelled.
  closed_at {TS},
  -- Why it was turned down, closed short or cancelled.
  reason text,
  unique (series, seq)
);
create index inventory_purchase_branch on inventory_purchase (branch_id, id);
create index inventory_purchase_state on inventory_purchase (state, id);
create index inventory_purchase_supplier on inventory_purchase (supplier_id, id);
create index inventory_purchase_expected on inventory_purchase (expected_on, id);
create index inventory_purchase_total on inventory_purchase (total, id);

-- Who wrote it or changed it: none of them approves it.
create table inventory_purchase_writer (
  purchase_id {ID} not null references inventory_purchase (id),
  actor text not null,
  primary key (purchase_id, actor)
);

create table inventory_purchase_line (
  id {ID} primary key,
  purchase_id {ID} not null references inventory_purchase (id),
  seq bigint not null,
  type_id {ID} not null references inventory_item_type (id),
  -- In the type's unit.
  ordered bigint not null,
  -- Rupiah for one unit.
  price bigint not null,
  received bigint not null default 0,
  unique (purchase_id, seq)
);

-- What came in for a line, and by whom.
create table inventory_purchase_receipt (
  id {ID} primary key,
  purchase_id {ID} not null references inventory_purchase (id),
  line_id {ID} not null references inventory_purchase_line (id),
  location_id {ID} not null references inventory_location (id),
  quantity bigint not null,
  -- How many of them are more than was ordered, and why they were taken.
  beyond bigint not null,
  why text,
  document text not null,
  actor text not null,
  actor_name text not null,
  at {TS} not null
);
create index inventory_purchase_receipt_of on inventory_purchase_receipt (purchase_id, id);

-- Which order's line a device came by; null when it was received without one.
alter table inventory_item add column purchase_line_id {ID} references inventory_purchase_line (id);
create index inventory_item_purchase on inventory_item (purchase_line_id)
  where purchase_line_id is not null;
