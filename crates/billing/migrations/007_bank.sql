-- An account at a bank, and which columns of its statements are what.
create table billing_bank_account (
  id {ID} primary key,
  name text not null unique,
  columns {JSON} not null,
  created_at {TS} not null
);

-- A line of a statement. The same line of the same account is there once, however often it is imported.
create table billing_bank_line (
  id {ID} primary key,
  account_id {ID} not null references billing_bank_account (id),
  import_id {ID} not null,
  on_day {DAY} not null,
  -- In is positive, out negative.
  amount bigint not null,
  text text not null,
  reference text,
  print text not null,
  -- open, matched, assigned, settlement, deposit, not_ours, out
  state text not null,
  customer_id {ID},
  payment_id {ID},
  why text,
  decided_by text,
  decided_at {TS},
  unique (account_id, print)
);
create unique index billing_bank_line_payment on billing_bank_line (payment_id) where payment_id is not null;
create index billing_bank_line_state on billing_bank_line (state, on_day, id);
