-- Which edition of the profile was desired, and whose device was taken away.
alter table network_access add column profile_revision bigint not null default 0;
alter table network_access_change add column profile_revision bigint not null default 0;
alter table network_session add column unwanted boolean not null default false;
