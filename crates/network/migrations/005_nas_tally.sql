-- What RADIUS counted of each router's packets, and where the last of them came from.
create table network_nas_tally (
  nas_id {ID} primary key,
  accepted bigint not null,
  rejected bigint not null,
  accounted bigint not null,
  unproven bigint not null,
  dropped bigint not null,
  repeated bigint not null,
  last_auth_at {TS},
  last_acct_at {TS},
  last_unproven_at {TS},
  source text
);
