-- Top-ups that a reseller asked for, or staff entered: credited when a second person has seen the money.
create table flows_top_up (
  id {ID} primary key,
  partner_id {ID} not null,
  branch_id {ID} not null,
  amount bigint not null,
  channel text not null,
  reference text not null,
  note text,
  asked_by text not null,
  asked_by_name text not null,
  asked_at {TS} not null,
  state text not null,
  decided_by text,
  decided_at {TS}
);
create unique index flows_top_up_reference on flows_top_up (partner_id, channel, reference) where state <> 'rejected';
create index flows_top_up_state on flows_top_up (state, asked_at);
