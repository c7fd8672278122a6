create table flows_sweep (
  id {ID} primary key,
  branch_id {ID} not null,
  mode text not null,
  instant {TS} not null,
  reached bigint not null,
  isolated bigint not null,
  state text not null,
  doubt {JSON},
  answered_by text,
  answered_at {TS},
  created_at {TS} not null,
  unique (branch_id, mode, instant)
);
create index flows_sweep_past on flows_sweep (branch_id, mode, instant);
