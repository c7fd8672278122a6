-- A cashier's drawer, from the float to the count. Its money is the sum of its moves.
create table billing_drawer (
  id {ID} primary key,
  number text not null unique,
  branch_id {ID} not null,
  user_id {ID} not null,
  cashier text not null,
  -- open, counted (a second person has to accept the difference), closed
  state text not null,
  opened_at {TS} not null,
  float_amount bigint not null,
  -- What was in it by the books when it was counted last, and what was counted.
  expected bigint,
  counted bigint,
  -- Pieces by denomination: [[100000, 3], …]; null when only the sum was counted.
  pieces {JSON},
  why text,
  counted_at {TS},
  accepted_by text,
  accepted_at {TS},
  closed_at {TS}
);
create unique index billing_drawer_open on billing_drawer (user_id) where state = 'open';
create index billing_drawer_branch on billing_drawer (branch_id, id);
create index billing_drawer_state on billing_drawer (state);

-- Money that a collector or technician handed over: their receipt.
create table billing_handover (
  id {ID} primary key,
  number text not null unique,
  drawer_id {ID} not null references billing_drawer (id),
  collector_id {ID} not null,
  collector text not null,
  amount bigint not null,
  -- What the collector still holds after it.
  left_over bigint not null,
  received_by text not null,
  at {TS} not null,
  note text
);
create index billing_handover_collector on billing_handover (collector_id, id);

-- Append-only: every movement of cash in a drawer or in a collector's hands, beside its entry in the books.
create table billing_cash_move (
  id {ID} primary key,
  -- One of the two.
  drawer_id {ID} references billing_drawer (id),
  collector_id {ID},
  kind text not null,
  -- The payment, batch, handover or drawer; of a refund the customer.
  subject_id {ID} not null,
  entry_id {ID} not null,
  customer_id {ID},
  amount bigint not null,
  at {TS} not null
);
create index billing_cash_move_drawer on billing_cash_move (drawer_id, id);
create index billing_cash_move_collector on billing_cash_move (collector_id, id);
create index billing_cash_move_subject on billing_cash_move (subject_id);
