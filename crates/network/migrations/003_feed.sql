-- What RADIUS reads again: a subscription whose account or access changed, and in which order.
create table network_feed (
  subscription_id {ID} primary key,
  revision bigint not null
);
create index network_feed_revision on network_feed (revision);
