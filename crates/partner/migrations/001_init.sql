create table partner_reseller (
  id {ID} primary key,
  code text not null unique,
  name text not null,
  phone text not null,
  branch_id {ID} not null,
  upline_id {ID} references partner_reseller (id),
  upline_share_bp bigint not null default 0,
  created_at {TS} not null,
  archived_at {TS}
);

create table partner_rule (
  id {ID} primary key,
  partner_id {ID} not null references partner_reseller (id),
  plan_id {ID},
  kind text not null,
  amount bigint not null,
  occasion text not null,
  from_on {DAY} not null,
  created_at {TS} not null
);
create index partner_rule_partner on partner_rule (partner_id);

create table partner_wallet (
  partner_id {ID} primary key references partner_reseller (id),
  balance bigint not null,
  debt bigint not null
);

create table partner_wallet_row (
  id {ID} primary key,
  partner_id {ID} not null references partner_wallet (partner_id),
  seq bigint not null,
  at {TS} not null,
  kind text not null,
  amount bigint not null,
  balance_after bigint not null,
  debt_after bigint not null,
  reference text not null,
  note text not null,
  unique (partner_id, seq),
  unique (partner_id, kind, reference)
);

create table partner_commission (
  id {ID} primary key,
  invoice_id {ID} not null,
  round bigint not null,
  partner_id {ID} not null references partner_reseller (id),
  subscription_id {ID},
  plan_id {ID},
  base bigint not null,
  amount bigint not null,
  formula text not null,
  netted boolean not null,
  accrued_at {TS} not null,
  taken_back_at {TS},
  unique (invoice_id, partner_id, round)
);
create index partner_commission_partner on partner_commission (partner_id, accrued_at);
