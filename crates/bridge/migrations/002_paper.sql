-- Papers of theirs that are shown here and never changed: what was ordered from suppliers there, and what came in.
create table bridge_paper (
  id {ID} primary key,
  engine text not null,
  -- purchase_order or receipt.
  kind text not null,
  external_id text not null,
  supplier text not null,
  dated {DAY} not null,
  total bigint not null,
  -- draft, submitted or cancelled; and in their words.
  stage text not null,
  status text not null,
  lines {JSON} not null,
  -- When it was read last.
  seen_at {TS} not null,
  unique (engine, kind, external_id)
);
create index bridge_paper_dated on bridge_paper (engine, dated, id);
