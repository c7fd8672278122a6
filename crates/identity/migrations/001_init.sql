create table identity_user (
  id {ID} primary key,
  username text not null unique,
  name text not null,
  phone text,
  email text,
  password_hash text not null,
  roles {JSON} not null,
  branch_id {ID},
  partner_id {ID},
  totp_secret_enc {BYTES},
  totp_pending_enc {BYTES},
  totp_last_step bigint not null,
  must_change boolean not null,
  disabled_at {TS},
  created_at {TS} not null
);
create index identity_user_branch on identity_user (branch_id);
create index identity_user_partner on identity_user (partner_id);

create table identity_login (
  id {ID} primary key,
  user_id {ID} not null references identity_user (id),
  token_hash {BYTES} not null unique,
  created_at {TS} not null,
  seen_at {TS} not null,
  idle_secs bigint not null,
  expires_at {TS} not null,
  ended_at {TS},
  address text,
  agent text
);
create index identity_login_user on identity_login (user_id, created_at);

create table identity_token (
  id {ID} primary key,
  user_id {ID} not null references identity_user (id),
  name text not null,
  token_hash {BYTES} not null unique,
  permissions {JSON} not null,
  created_at {TS} not null,
  expires_at {TS} not null,
  used_at {TS},
  revoked_at {TS}
);
create index identity_token_user on identity_token (user_id, created_at);

create table identity_throttle (
  key {BYTES} primary key,
  tries bigint not null,
  window_from {TS} not null
);

create table identity_setting (
  key text primary key,
  value {JSON} not null
);
