create table aaa_login (
  id integer primary key autoincrement,
  first_at {TS} not null,
  last_at {TS} not null,
  body {BYTES} not null
);
create index aaa_login_time on aaa_login (last_at);
