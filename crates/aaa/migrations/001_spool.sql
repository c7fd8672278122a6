create table aaa_spool (
  id integer primary key autoincrement,
  at {TS} not null,
  body {BYTES} not null
);

create table aaa_unappliable (
  id integer primary key autoincrement,
  at {TS} not null,
  why text not null,
  record text not null
);
