-- Who came to work and went: only ever added to.
create table hr_attendance (
  id {ID} primary key,
  user_id {ID} not null,
  -- The device's own name for this deed: sent again, it is the same one.
  op_id {ID} not null,
  -- The person's branch when it happened; null: of every branch.
  branch_id {ID},
  kind text not null,
  -- By the device's clock, and when we learned of it.
  occurred_at {TS} not null,
  recorded_at {TS} not null,
  lat double precision,
  lon double precision,
  accuracy_m bigint,
  place text not null,
  -- The job whose site it was.
  work_order_id {ID},
  -- To the place it was judged by.
  distance_m bigint,
  unique (user_id, op_id)
);
create index hr_attendance_user on hr_attendance (user_id, occurred_at);
create index hr_attendance_day on hr_attendance (occurred_at);

create table hr_attendance_photo (
  attendance_id {ID} primary key references hr_attendance (id),
  mime text not null,
  bytes {BYTES} not null
);
