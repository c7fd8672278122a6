-- What an employer has to know of somebody beside their login. Said by HR.
create table hr_person (
  user_id {ID} primary key,
  gender text not null,
  born_on {DAY} not null,
  joined_on {DAY} not null,
  changed_at {TS} not null
);

-- What is paid beside the salary: from its day on, until another one for the same plan and person. Only ever added to.
create table hr_earning_rule (
  id {ID} primary key,
  kind text not null,
  -- null: whatever is sold or installed.
  plan_id {ID},
  -- null: whoever sells or installs.
  user_id {ID},
  -- percent: basis points of the invoice before tax. flat: rupiah.
  measure text not null,
  amount bigint not null,
  from_on {DAY} not null,
  created_at {TS} not null
);
create index hr_earning_rule_kind on hr_earning_rule (kind, from_on);

-- What each rule yielded, and what was taken back of it. Only ever added to.
create table hr_earning (
  id {ID} primary key,
  kind text not null,
  user_id {ID} not null,
  branch_id {ID} not null,
  -- What it was earned by: an invoice (commission) or a work order (incentive).
  source_id {ID} not null,
  -- Rises when an invoice is paid again after its payment was reversed.
  round bigint not null,
  subscription_id {ID},
  plan_id {ID},
  rule_id {ID} not null,
  base bigint not null,
  amount bigint not null,
  formula text not null,
  -- The branch's day on which it was written down: it belongs to that month for good.
  earned_on {DAY} not null,
  accrued_at {TS} not null,
  -- The row that this one takes back.
  takes_back {ID} unique references hr_earning (id)
);
-- Once each: one accrual of a source, person and round.
create unique index hr_earning_once on hr_earning (kind, source_id, user_id, round) where takes_back is null;
create index hr_earning_month on hr_earning (earned_on, user_id);
create index hr_earning_user on hr_earning (user_id, earned_on);
create index hr_earning_subscription on hr_earning (subscription_id, kind);

-- A month that is over: one sum a person and kind, given to payroll as it stands.
create table hr_earning_sum (
  id {ID} primary key,
  user_id {ID} not null,
  kind text not null,
  -- The first day of the month that it was earned in.
  month {DAY} not null,
  -- Negative when more was taken back than earned.
  amount bigint not null,
  rows_count bigint not null,
  closed_at {TS} not null,
  unique (user_id, kind, month)
);
create index hr_earning_sum_closed on hr_earning_sum (closed_at);
