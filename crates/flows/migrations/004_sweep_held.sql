-- Until when an answer stands: the next month's sweep asks anew.
alter table flows_sweep add column holds_until {TS};

-- Who is held back by which question, or may be isolated by its answer.
create table flows_sweep_held (
  subscription_id {ID} primary key,
  sweep_id {ID} not null
);
create index flows_sweep_held_sweep on flows_sweep_held (sweep_id);
