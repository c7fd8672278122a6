-- The ISP's own texts, by template, channel and language; channel 'any' holds for those without one of their
-- own. Takes over what stood without a channel.
create table notification_text (
  template text not null,
  channel text not null,
  lang text not null,
  subject text not null,
  body text not null,
  changed_at {TS} not null,
  primary key (template, channel, lang)
);
insert into notification_text (template, channel, lang, subject, body, changed_at)
  select template, 'any', lang, subject, body, changed_at from notification_template;
drop table notification_template;
