create table inventory_item_type (
  id {ID} primary key,
  sku text not null unique,
  name text not null,
  kind text not null,
  unit text not null,
  serialized boolean not null,
  value bigint not null default 0,
  archived_at {TS}
);

create table inventory_location (
  id {ID} primary key,
  kind text not null,
  name text not null,
  branch_id {ID} not null,
  technician_id {ID},
  subscription_id {ID},
  archived_at {TS}
);
create unique index inventory_location_bag on inventory_location (technician_id) where kind = 'bag';
create unique index inventory_location_site on inventory_location (subscription_id) where kind = 'site';
create index inventory_location_branch on inventory_location (branch_id, kind);

create table inventory_item (
  id {ID} primary key,
  type_id {ID} not null references inventory_item_type (id),
  serial text not null unique,
  mac text,
  state text not null,
  location_id {ID} not null references inventory_location (id),
  subscription_id {ID},
  owner text not null,
  branch_id {ID} not null,
  version bigint not null,
  pending_location_id {ID} references inventory_location (id),
  received_at {TS} not null,
  external_id text unique
);
create unique index inventory_item_mac on inventory_item (mac) where mac is not null;
create index inventory_item_location on inventory_item (location_id, state);
create index inventory_item_subscription on inventory_item (subscription_id);
create index inventory_item_branch on inventory_item (branch_id, serial);

create table inventory_move (
  id {ID} primary key,
  item_id {ID} not null references inventory_item (id),
  seq bigint not null,
  at {TS} not null,
  actor text not null,
  actor_name text not null,
  from_location_id {ID},
  to_location_id {ID} not null,
  from_state text,
  to_state text not null,
  subscription_id {ID},
  how text not null,
  reason text,
  document text not null,
  unique (item_id, seq)
);

create table inventory_stock (
  location_id {ID} not null references inventory_location (id),
  type_id {ID} not null references inventory_item_type (id),
  quantity bigint not null,
  primary key (location_id, type_id)
);

create table inventory_stock_move (
  id {ID} primary key,
  type_id {ID} not null references inventory_item_type (id),
  from_location_id {ID},
  to_location_id {ID},
  quantity bigint not null,
  at {TS} not null,
  actor text not null,
  document text not null,
  key text not null unique
);
create index inventory_stock_move_type on inventory_stock_move (type_id, at);
