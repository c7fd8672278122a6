-- One row a customer who has to do with money: what locks their money account, and what they keep back.
create table billing_party (
  customer_id {ID} primary key,
  branch_id {ID} not null,
  partner_id {ID},
  withholds_pph23 boolean not null default false,
  withholds_wapu boolean not null default false
);

create table billing_subscription (
  id {ID} primary key,
  number text not null unique,
  customer_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  plan_id {ID} not null,
  mode text not null,
  calendar text not null,
  -- Day of the month on which an anniversary period starts.
  anchor_dom bigint not null default 1,
  state text not null,
  label text,
  -- First day of use that is billed.
  activated_on {DAY},
  -- Last day of use, known from the day the termination is asked for.
  terminated_on {DAY},
  -- Last day that a regular invoice (or its lawful absence) covers.
  billed_to {DAY},
  -- First day on which a run has to look again; null: never.
  next_issue_on {DAY},
  -- Installation fee that no live invoice holds yet.
  install_fee bigint not null default 0,
  -- Prepaid periods in a row whose invoice was never paid.
  unused_in_row bigint not null default 0,
  termination_proposed_on {DAY},
  external_id text unique,
  created_at {TS} not null
);
create index billing_subscription_customer on billing_subscription (customer_id);
create index billing_subscription_due on billing_subscription (next_issue_on, id);
create index billing_subscription_branch on billing_subscription (branch_id, id);
create index billing_subscription_partner on billing_subscription (partner_id, id);

-- One row as long as the set of holds stays the same.
create table billing_isolation (
  id {ID} primary key,
  subscription_id {ID} not null,
  from_at {TS} not null,
  to_at {TS},
  holds {JSON} not null,
  -- Since when `unpaid` is among the holds, over changes of the other holds.
  unpaid_since {TS}
);
create unique index billing_isolation_open on billing_isolation (subscription_id) where to_at is null;
create index billing_isolation_subscription on billing_isolation (subscription_id, from_at);

create table billing_hold (
  id {ID} primary key,
  subscription_id {ID} not null,
  kind text not null,
  why text not null,
  until_at {TS},
  placed_by text not null,
  placed_at {TS} not null,
  released_by text,
  released_at {TS}
);
create unique index billing_hold_live on billing_hold (subscription_id, kind) where released_at is null;

create table billing_pause (
  id {ID} primary key,
  subscription_id {ID} not null,
  from_on {DAY} not null,
  to_on {DAY},
  state text not null,
  asked_at {TS} not null
);
create index billing_pause_subscription on billing_pause (subscription_id, from_on);
create index billing_pause_due on billing_pause (state, from_on);

-- What a prepaid subscription may use, apart from the invoice that gave it.
create table billing_entitlement (
  id {ID} primary key,
  subscription_id {ID} not null,
  invoice_id {ID} not null unique,
  from_on {DAY} not null,
  to_on {DAY} not null,
  given_at {TS} not null,
  revoked_at {TS}
);
create index billing_entitlement_subscription on billing_entitlement (subscription_id, to_on);

create table billing_plan_change (
  id {ID} primary key,
  subscription_id {ID} not null,
  old_plan {ID} not null,
  new_plan {ID} not null,
  -- First day of the new plan.
  from_on {DAY} not null,
  state text not null,
  -- The supplement of a prepaid upgrade.
  invoice_id {ID},
  asked_at {TS} not null,
  asked_by text not null,
  applied_at {TS}
);
create index billing_plan_change_subscription on billing_plan_change (subscription_id, from_on);
create index billing_plan_change_due on billing_plan_change (state, from_on);

-- Add-ons (monthly price) and discounts (percent of the plan's lines, or an amount a period).
create table billing_extra (
  id {ID} primary key,
  subscription_id {ID} not null,
  kind text not null,
  name text not null,
  amount bigint not null default 0,
  percent_bp bigint not null default 0,
  from_on {DAY} not null,
  to_on {DAY},
  -- A discount for so many invoices; null: as long as the days say.
  periods bigint,
  used bigint not null default 0,
  created_at {TS} not null,
  archived_at {TS}
);
create index billing_extra_subscription on billing_extra (subscription_id);

create table billing_invoice (
  id {ID} primary key,
  number text unique,
  series text,
  seq bigint,
  customer_id {ID} not null,
  subscription_id {ID},
  branch_id {ID} not null,
  partner_id {ID},
  kind text not null,
  -- Tells one-off invoices of one day apart; empty for the others.
  key text not null default '',
  period_from {DAY} not null,
  period_to {DAY} not null,
  -- Periods paid at once: 3, 6, 12 for months ahead.
  months bigint not null default 1,
  state text not null,
  issued_on {DAY},
  issued_at {TS},
  due_on {DAY} not null,
  -- From when it isolates its subscription while unpaid; null: never.
  isolate_at {TS},
  -- Set by a reversal: isolation waits until then.
  grace_until {TS},
  base bigint not null,
  tax bigint not null,
  total bigint not null,
  paid bigint not null default 0,
  credited bigint not null default 0,
  withheld bigint not null default 0,
  written_off bigint not null default 0,
  -- When the outstanding amount reached zero by payment, credit or withholding.
  paid_at {TS},
  -- Not fully credited.
  live boolean not null default true,
  hash text not null,
  note text,
  run_id {ID}
);
create unique index billing_invoice_live on billing_invoice (subscription_id, period_from, kind, key) where live;
create unique index billing_invoice_live_customer on billing_invoice (customer_id, kind, key)
  where live and subscription_id is null;
create index billing_invoice_customer on billing_invoice (customer_id, issued_on);
create index billing_invoice_subscription on billing_invoice (subscription_id, period_from);
create index billing_invoice_branch on billing_invoice (branch_id, id);
create index billing_invoice_open on billing_invoice (subscription_id) where live and paid + credited + withheld + written_off < total;
create index billing_invoice_run on billing_invoice (run_id);
create unique index billing_invoice_series on billing_invoice (series, seq);

-- No foreign key here and on postings: a run writes hundreds of thousands, and the invariants check them.
create table billing_invoice_line (
  id {ID} primary key,
  invoice_id {ID} not null,
  no bigint not null,
  kind text not null,
  plan_id {ID},
  extra_id {ID},
  name text not null,
  from_on {DAY},
  to_on {DAY},
  days bigint not null,
  of_days bigint not null,
  price bigint not null,
  base bigint not null,
  tax bigint not null,
  credited_base bigint not null default 0,
  credited_tax bigint not null default 0,
  -- Paid before it is used: income only when its days are over.
  deferred boolean not null default false,
  recognised_on {DAY}
);
create index billing_invoice_line_invoice on billing_invoice_line (invoice_id, no);
create index billing_invoice_line_deferred on billing_invoice_line (to_on) where deferred and recognised_on is null;

create table billing_credit_note (
  id {ID} primary key,
  number text not null unique,
  series text not null,
  seq bigint not null,
  invoice_id {ID} not null references billing_invoice (id),
  customer_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  why text not null,
  issued_on {DAY} not null,
  issued_at {TS} not null,
  base bigint not null,
  tax bigint not null,
  total bigint not null,
  unique (series, seq)
);
create index billing_credit_note_invoice on billing_credit_note (invoice_id);
create index billing_credit_note_customer on billing_credit_note (customer_id, issued_on);

create table billing_credit_line (
  note_id {ID} not null references billing_credit_note (id),
  line_id {ID} not null,
  base bigint not null,
  tax bigint not null,
  primary key (note_id, line_id)
);

create table billing_payment (
  id {ID} primary key,
  receipt_number text unique,
  series text,
  seq bigint,
  customer_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  channel text not null,
  reference text not null,
  amount bigint not null,
  allocated bigint not null default 0,
  refunded bigint not null default 0,
  state text not null,
  named_invoice_id {ID},
  received_at {TS} not null,
  recorded_at {TS} not null,
  recorded_by text not null,
  settled_at {TS},
  reversed_at {TS},
  reversed_why text,
  note text,
  unique (channel, reference),
  unique (series, seq)
);
create index billing_payment_customer on billing_payment (customer_id, received_at);
create index billing_payment_left on billing_payment (customer_id) where state = 'settled' and allocated + refunded < amount;
create index billing_payment_settled on billing_payment (settled_at);

-- Append-only: a release is a row with a negative amount.
create table billing_allocation (
  id {ID} primary key,
  payment_id {ID} not null references billing_payment (id),
  invoice_id {ID} not null references billing_invoice (id),
  amount bigint not null,
  at {TS} not null
);
create index billing_allocation_payment on billing_allocation (payment_id);
create index billing_allocation_invoice on billing_allocation (invoice_id);

create table billing_refund (
  id {ID} primary key,
  payment_id {ID} not null references billing_payment (id),
  customer_id {ID} not null,
  channel text not null,
  amount bigint not null,
  why text not null,
  at {TS} not null
);
create index billing_refund_payment on billing_refund (payment_id);

create table billing_withholding (
  id {ID} primary key,
  invoice_id {ID} not null references billing_invoice (id),
  customer_id {ID} not null,
  kind text not null,
  amount bigint not null,
  recorded_at {TS} not null,
  certificate text,
  certified_at {TS},
  cancelled_at {TS}
);
create unique index billing_withholding_live on billing_withholding (invoice_id, kind) where cancelled_at is null;

create table billing_write_off (
  id {ID} primary key,
  invoice_id {ID} not null references billing_invoice (id),
  customer_id {ID} not null,
  amount bigint not null,
  why text not null,
  at {TS} not null
);
create index billing_write_off_invoice on billing_write_off (invoice_id);

create table billing_promise (
  id {ID} primary key,
  subscription_id {ID} not null,
  made_on {DAY} not null,
  until_on {DAY} not null,
  until_at {TS} not null,
  made_by text not null,
  made_at {TS} not null,
  cancelled_at {TS}
);
create index billing_promise_subscription on billing_promise (subscription_id, until_at);

create table billing_intent (
  id {ID} primary key,
  reference text not null unique,
  gateway text not null,
  customer_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  invoice_id {ID},
  amount bigint not null,
  -- The payer may choose the amount.
  open_amount boolean not null default false,
  state text not null,
  url text,
  code text,
  created_at {TS} not null,
  expires_at {TS} not null,
  checked_at {TS}
);
create index billing_intent_state on billing_intent (state, checked_at);
create index billing_intent_customer on billing_intent (customer_id, created_at);

-- Raw first, then counted, once.
create table billing_notice (
  id {ID} primary key,
  gateway text not null,
  notice_id text not null,
  raw {BYTES} not null,
  received_at {TS} not null,
  intent_reference text not null,
  payment_reference text not null,
  amount bigint not null,
  remote_state text not null,
  paid_at {TS} not null,
  -- The signature covers amount and state, so that the gateway need not be asked again.
  conclusive boolean not null,
  state text not null,
  customer_id {ID},
  payment_id {ID},
  done_at {TS},
  unique (gateway, notice_id)
);
create index billing_notice_state on billing_notice (state, received_at);

create table billing_voucher_batch (
  id {ID} primary key,
  number text not null unique,
  plan_id {ID} not null,
  branch_id {ID} not null,
  partner_id {ID},
  days bigint not null,
  count bigint not null,
  price bigint not null,
  expires_on {DAY} not null,
  sold_to text,
  sold_channel text,
  sold_reference text unique,
  sold_amount bigint,
  sold_at {TS},
  created_at {TS} not null,
  created_by text not null
);
create index billing_voucher_batch_branch on billing_voucher_batch (branch_id, id);

create table billing_voucher (
  id {ID} primary key,
  batch_id {ID} not null references billing_voucher_batch (id),
  code text not null unique,
  state text not null,
  used_at {TS},
  ends_at {TS},
  subscription_id {ID},
  invoice_id {ID}
);
create index billing_voucher_batch_id on billing_voucher (batch_id);

create table billing_run (
  id {ID} primary key,
  day {DAY} not null,
  state text not null,
  started_at {TS} not null,
  finished_at {TS},
  chunks bigint not null default 0,
  subscriptions bigint not null default 0,
  invoices bigint not null default 0,
  credit_notes bigint not null default 0,
  total bigint not null default 0,
  hash text
);
create unique index billing_run_open on billing_run (day) where state = 'running';

create table billing_entry (
  id {ID} primary key,
  at {TS} not null,
  on_day {DAY} not null,
  kind text not null,
  subject_id {ID} not null,
  branch_id {ID} not null,
  customer_id {ID}
);
create index billing_entry_subject on billing_entry (subject_id);
create index billing_entry_day on billing_entry (on_day);

create table billing_posting (
  entry_id {ID} not null,
  account text not null,
  amount bigint not null,
  primary key (entry_id, account)
);
create index billing_posting_account on billing_posting (account);

create table billing_close (
  month text primary key,
  closed_at {TS} not null,
  closed_by text not null
);

create table billing_approval (
  id {ID} primary key,
  kind text not null,
  subject_id {ID} not null,
  branch_id {ID} not null,
  body {JSON} not null,
  amount bigint not null,
  why text not null,
  asked_by text not null,
  asked_at {TS} not null,
  state text not null,
  decided_by text,
  decided_at {TS}
);
create index billing_approval_state on billing_approval (state, asked_at);
