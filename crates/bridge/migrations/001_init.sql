create table bridge_engine (
  engine text primary key,
  id {ID} not null,
  state text not null,
  settings {JSON} not null,
  secret_enc {BYTES},
  attached_at {TS} not null,
  detached_at {TS},
  changed_at {TS} not null,
  version text,
  reachable boolean not null default false,
  last_tried_at {TS},
  last_ok_at {TS},
  last_error text,
  lag_ms bigint,
  failures bigint not null default 0,
  open_until {TS}
);

create table bridge_cursor (
  engine text not null,
  name text not null,
  value text not null,
  moved_at {TS} not null,
  primary key (engine, name)
);

-- One of our records and what it is called over there.
create table bridge_link (
  engine text not null,
  subject text not null,
  local_id {ID} not null,
  external_id text not null,
  external_version text,
  fingerprint text not null,
  shard bigint not null,
  synced_at {TS} not null,
  primary key (engine, subject, local_id)
);
create unique index bridge_link_external on bridge_link (engine, subject, external_id);
create index bridge_link_shard on bridge_link (engine, subject, shard);

-- A record that the engine has to be told about. One row a record: many changes are told once.
create table bridge_mark (
  engine text not null,
  subject text not null,
  local_id {ID} not null,
  rank bigint not null,
  revision bigint not null,
  trail {ID} not null,
  marked_at {TS} not null,
  next_attempt_at {TS} not null,
  locked_until {TS},
  attempts bigint not null default 0,
  last_error text,
  primary key (engine, subject, local_id)
);
create index bridge_mark_due on bridge_mark (engine, next_attempt_at);

-- What an engine told us, as it came.
create table bridge_notice (
  id {ID} primary key,
  engine text not null,
  dedupe_key text not null,
  raw text not null,
  received_at {TS} not null,
  next_attempt_at {TS} not null,
  locked_until {TS},
  attempts bigint not null default 0,
  last_error text,
  done_at {TS}
);
create unique index bridge_notice_once on bridge_notice (engine, dedupe_key);
create index bridge_notice_due on bridge_notice (engine, next_attempt_at) where done_at is null;
create index bridge_notice_old on bridge_notice (done_at);

create table bridge_finding (
  id {ID} primary key,
  engine text not null,
  subject text not null,
  key text not null,
  verdict text not null,
  local_id {ID},
  external_id text,
  field text,
  ours text,
  theirs text,
  detail text,
  branch_id {ID},
  first_seen {TS} not null,
  last_seen {TS} not null,
  state text not null,
  settled_at {TS},
  settled_by text
);
create unique index bridge_finding_key on bridge_finding (engine, subject, key);
create index bridge_finding_open on bridge_finding (state, engine, subject, id);

-- Where the ISP decided otherwise than the code does.
create table bridge_policy (
  engine text not null,
  subject text not null,
  field text not null,
  choice text not null,
  primary key (engine, subject, field)
);
