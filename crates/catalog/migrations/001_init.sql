create table catalog_version (
  one bigint primary key,
  version bigint not null
);
insert into catalog_version (one, version) values (1, 1);

create table catalog_company (
  id {ID} primary key,
  name text not null,
  legal_name text not null,
  npwp text,
  address text not null,
  phone text not null,
  email text not null,
  is_pkp boolean not null
);

create table catalog_branch (
  id {ID} primary key,
  code text not null unique,
  name text not null,
  zone text not null,
  address text not null,
  lat double precision not null default 0,
  lon double precision not null default 0,
  archived_at {TS}
);

create table catalog_profile (
  id {ID} primary key,
  code text not null unique,
  name text not null,
  kind text not null,
  rate_down_kbps bigint not null,
  rate_up_kbps bigint not null,
  attributes {JSON} not null,
  archived_at {TS}
);

create table catalog_plan (
  id {ID} primary key,
  code text not null unique,
  name text not null,
  tax text not null,
  prepaid_allowed boolean not null,
  postpaid_allowed boolean not null,
  profile_id {ID} not null references catalog_profile (id),
  fup_profile_id {ID} references catalog_profile (id),
  quota_bytes bigint,
  install_fee bigint not null default 0,
  external_id text unique,
  archived_at {TS}
);

create table catalog_price (
  plan_id {ID} not null references catalog_plan (id),
  from_on {DAY} not null,
  price bigint not null,
  primary key (plan_id, from_on)
);

create table catalog_tax (
  from_on {DAY} primary key,
  code text not null,
  rate_bp bigint not null,
  base_num bigint not null,
  base_den bigint not null
);

create table catalog_policy (
  scope text not null,
  scope_id {ID} not null,
  body {JSON} not null,
  primary key (scope, scope_id)
);
