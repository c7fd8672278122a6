create table store_outbox (
  id {ID} not null,
  reaction text not null,
  event {JSON} not null,
  trail {ID} not null,
  created_at {TS} not null,
  next_attempt_at {TS} not null,
  locked_until {TS},
  attempts bigint not null default 0,
  last_error text,
  dead boolean not null default false,
  primary key (id, reaction)
);
create index store_outbox_due on store_outbox (next_attempt_at);

create table store_journal (
  id {ID} primary key,
  recorded_at {TS} not null,
  actor text not null,
  actor_name text not null,
  from_address text,
  trail {ID} not null,
  subject text not null,
  subject_id {ID} not null,
  action text not null,
  before_state {JSON},
  after_state {JSON}
);
create index store_journal_subject on store_journal (subject_id, recorded_at);
create index store_journal_trail on store_journal (trail);
create index store_journal_time on store_journal (recorded_at);

create table store_trail_hop (
  id {ID} primary key,
  trail {ID} not null,
  at {TS} not null,
  hop text not null
);
create index store_trail_hop_trail on store_trail_hop (trail, at);

create table store_series (
  key text primary key,
  last bigint not null
);

create table store_idempotency (
  actor text not null,
  key text not null,
  body_hash {BYTES} not null,
  status bigint,
  content_type text,
  body {BYTES},
  created_at {TS} not null,
  primary key (actor, key)
);
create index store_idempotency_age on store_idempotency (created_at);

create table store_lease (
  name text primary key,
  holder text not null,
  held_until {TS} not null
);

create table store_task (
  name text primary key,
  last_run_at {TS} not null,
  last_ok_at {TS},
  status {JSON} not null,
  error text
);

create table store_setting (
  key text primary key,
  value {JSON} not null
);
