-- A stock count of one place: what should be there when it is opened, what was seen, what was made of it.
create table inventory_count (
  id {ID} primary key,
  number text not null unique,
  location_id {ID} not null references inventory_location (id),
  branch_id {ID} not null,
  state text not null,
  opened_by text not null,
  opened_by_name text not null,
  opened_at {TS} not null,
  submitted_at {TS},
  decided_by_name text,
  decided_at {TS},
  -- Why it was turned down.
  reason text
);
create unique index inventory_count_live on inventory_count (location_id)
  where state in ('open', 'submitted');
create index inventory_count_branch on inventory_count (branch_id, id);

create table inventory_count_line (
  count_id {ID} not null references inventory_count (id),
  serial text not null,
  -- Null: nobody knows this serial.
  item_id {ID} references inventory_item (id),
  expected boolean not null,
  -- The item's version when it was expected or seen: a later one says that it has moved since.
  version bigint not null,
  seen_at {TS},
  -- Who saw it: none of them approves.
  seen_by text,
  seen_how text,
  seen_reason text,
  primary key (count_id, serial)
);
