create table fulfilment_ticket (
  id {ID} primary key,
  number text not null unique,
  category text not null,
  priority text not null,
  state text not null,
  subject text not null,
  source text not null,
  customer_id {ID} not null,
  subscription_id {ID},
  branch_id {ID} not null,
  partner_id {ID},
  -- The visit that was sent for it, the latest one.
  work_order_id {ID},
  assignee_id {ID},
  resolution text,
  -- The promise as it was made: working hours and working time allowed. Later settings don't change it.
  hours {JSON} not null,
  target_secs bigint not null,
  -- Working time used while the clock ran before it last stopped.
  spent_micros bigint not null,
  running_since {TS},
  -- When the target is used up, if the clock goes on running.
  due_at {TS},
  breached_at {TS},
  -- Its visit is done: somebody should look whether that was it.
  suggest_resolve boolean not null,
  reopened bigint not null,
  created_at {TS} not null,
  changed_at {TS} not null,
  resolved_at {TS},
  closed_at {TS},
  -- Rises with every change; the row's lock is taken by raising it.
  version bigint not null
);
-- One live ticket a fault: who reports it again finds the one that is there.
create unique index fulfilment_ticket_live on fulfilment_ticket (subscription_id, category)
  where category in ('no_internet', 'slow', 'unstable', 'device')
    and state not in ('resolved', 'closed');
create index fulfilment_ticket_subscription on fulfilment_ticket (subscription_id, id);
create index fulfilment_ticket_customer on fulfilment_ticket (customer_id, id);
create index fulfilment_ticket_branch on fulfilment_ticket (branch_id, state, id);
create index fulfilment_ticket_partner on fulfilment_ticket (partner_id, id);
create index fulfilment_ticket_assignee on fulfilment_ticket (assignee_id, state, id);
create index fulfilment_ticket_order on fulfilment_ticket (work_order_id);
create index fulfilment_ticket_due on fulfilment_ticket (due_at) where breached_at is null;
create index fulfilment_ticket_resolved on fulfilment_ticket (resolved_at) where state = 'resolved';

-- What was said and done, oldest first; what is public the customer reads too.
create table fulfilment_ticket_entry (
  id {ID} primary key,
  ticket_id {ID} not null references fulfilment_ticket (id),
  -- The ticket's version that this line changed: the order of the story, whatever clocks say.
  version bigint not null,
  at {TS} not null,
  kind text not null,
  is_public boolean not null,
  side text not null,
  actor text not null,
  actor_name text not null,
  text text not null,
  photo_id {ID}
);
create index fulfilment_ticket_entry_ticket on fulfilment_ticket_entry (ticket_id, version, id);

create table fulfilment_ticket_photo (
  id {ID} primary key,
  ticket_id {ID} not null references fulfilment_ticket (id),
  sha256 {BYTES} not null,
  is_public boolean not null,
  mime text not null,
  bytes {BYTES} not null,
  received_at {TS} not null,
  unique (ticket_id, sha256)
);
