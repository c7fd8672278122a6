create table network_account (
  id {ID} primary key,
  subscription_id {ID} not null,
  customer_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  username text not null,
  password_enc {BYTES} not null,
  kind text not null,
  state text not null,
  mac text,
  mac_scanned text,
  mac_policy text not null,
  mac_open_until {TS},
  mac_seen_at {TS},
  mac_reviewed_at {TS},
  fixed_ip text,
  sessions_max bigint not null default 1,
  created_at {TS} not null,
  changed_at {TS} not null,
  closed_at {TS},
  released_at {TS}
);
create unique index network_account_username on network_account (username) where released_at is null;
create unique index network_account_subscription on network_account (subscription_id)
  where state <> 'closed';
create unique index network_account_fixed_ip on network_account (fixed_ip)
  where fixed_ip is not null and state <> 'closed';
create index network_account_of on network_account (subscription_id);
create index network_account_changed on network_account (changed_at);

create table network_access (
  subscription_id {ID} primary key,
  account_id {ID},
  desired text not null,
  profile_id {ID},
  reason text,
  holds {JSON} not null,
  why {JSON} not null,
  version bigint not null,
  caused_at {TS} not null,
  since {TS} not null,
  recheck_at {TS},
  enforced_version bigint not null,
  enforced_at {TS},
  next_attempt_at {TS},
  attempts bigint not null default 0,
  changed_at {TS} not null,
  trail {ID} not null
);
create index network_access_changed on network_access (changed_at);
create index network_access_recheck on network_access (recheck_at) where recheck_at is not null;
create index network_access_unenforced on network_access (next_attempt_at)
  where enforced_version < version;

create table network_access_change (
  id {ID} primary key,
  subscription_id {ID} not null,
  version bigint not null,
  effect boolean not null,
  at {TS} not null,
  desired text not null,
  profile_id {ID},
  reason text,
  holds {JSON} not null,
  why {JSON} not null,
  caused_at {TS} not null,
  acked_at {TS},
  enforced_at {TS},
  enforced_how text,
  trail {ID} not null,
  actor text not null
);
create index network_access_change_of on network_access_change (subscription_id, version);
create index network_access_change_at on network_access_change (at);

create table network_nas (
  id {ID} primary key,
  name text not null,
  address text not null,
  secret_enc {BYTES} not null,
  vendor text not null,
  coa_port bigint,
  branch_id {ID} not null,
  message_authenticator text not null,
  counters_swapped boolean not null default false,
  created_at {TS} not null,
  changed_at {TS} not null,
  archived_at {TS}
);
create unique index network_nas_address on network_nas (address) where archived_at is null;
create unique index network_nas_name on network_nas (name) where archived_at is null;

create table network_unknown_nas (
  address text primary key,
  identifier text,
  first_at {TS} not null,
  last_at {TS} not null,
  count bigint not null
);

create table network_session (
  id {ID} primary key,
  nas_id {ID} not null,
  account_id {ID},
  subscription_id {ID},
  branch_id {ID} not null,
  partner_id {ID},
  acct_session_id text not null,
  username text not null,
  mac text,
  framed_ip text,
  started_at {TS} not null,
  updated_at {TS} not null,
  stopped_at {TS},
  state text not null,
  bytes_in bigint not null default 0,
  bytes_out bigint not null default 0,
  secs bigint not null default 0,
  cause text,
  ended_by text,
  access_version bigint,
  acked_version bigint not null default 0,
  acked_at {TS},
  isolated boolean not null default false,
  unique (nas_id, acct_session_id, started_at, username)
);
create index network_session_of on network_session (subscription_id, started_at);
create index network_session_open on network_session (subscription_id) where state <> 'closed';
create index network_session_open_nas on network_session (nas_id) where state <> 'closed';
create index network_session_open_account on network_session (account_id) where state <> 'closed';
create index network_session_ip on network_session (framed_ip) where state = 'live';

create table network_usage_day (
  subscription_id {ID} not null,
  day {DAY} not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  primary key (subscription_id, day)
);

create table network_quota (
  subscription_id {ID} primary key,
  limit_bytes bigint,
  from_on {DAY} not null,
  crossed_at {TS}
);

create table network_reject (
  username text not null,
  reason text not null,
  nas text not null,
  account_id {ID},
  subscription_id {ID},
  branch_id {ID},
  partner_id {ID},
  mac_seen text,
  mac_expected text,
  first_at {TS} not null,
  last_at {TS} not null,
  count bigint not null,
  detail {JSON} not null,
  primary key (username, reason, nas)
);
create index network_reject_of on network_reject (subscription_id);
create index network_reject_at on network_reject (last_at);

create table network_coa (
  id {ID} primary key,
  subscription_id {ID},
  session_id {ID} not null,
  nas_id {ID} not null,
  version bigint not null,
  how text not null,
  answer text not null,
  error_cause bigint not null default 0,
  sent_at {TS} not null,
  answered_at {TS} not null,
  actor text not null
);
create index network_coa_of on network_coa (subscription_id, sent_at);
create index network_coa_session on network_coa (session_id, version);
