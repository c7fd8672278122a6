create table notification_message (
  id {ID} primary key,
  customer_id {ID},
  branch_id {ID},
  partner_id {ID},
  channel text not null,
  address text not null,
  lang text not null,
  template text not null,
  subject_key text not null,
  step text not null,
  subject text not null,
  body text not null,
  state text not null,
  attempts bigint not null default 0,
  next_attempt_at {TS} not null,
  locked_until {TS},
  created_at {TS} not null,
  sent_at {TS},
  remote_id text,
  last_error text,
  trail {ID} not null,
  unique (subject_key, step, channel)
);
create index notification_message_due on notification_message (next_attempt_at) where state = 'queued';
create index notification_message_customer on notification_message (customer_id, created_at);
create index notification_message_time on notification_message (created_at, id);

create table notification_attempt (
  message_id {ID} not null references notification_message (id),
  attempt bigint not null,
  at {TS} not null,
  outcome text not null,
  detail text,
  primary key (message_id, attempt)
);

create table notification_template (
  template text not null,
  lang text not null,
  subject text not null,
  body text not null,
  changed_at {TS} not null,
  primary key (template, lang)
);

create table notification_optout (
  customer_id {ID} not null,
  channel text not null,
  since {TS} not null,
  primary key (customer_id, channel)
);
