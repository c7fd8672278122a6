-- The words by which customers and leads are found, each by its beginning: kept in the transaction that
-- writes the row. See word.rs for what counts as one.
create table crm_word (
  word text {EXACT} not null,
  customer_id {ID} not null,
  primary key (word, customer_id)
) {WITHOUT_ROWID};
create index crm_word_of on crm_word (customer_id, word);

create table crm_lead_word (
  word text {EXACT} not null,
  lead_id {ID} not null,
  primary key (word, lead_id)
) {WITHOUT_ROWID};
create index crm_lead_word_of on crm_lead_word (lead_id, word);

-- Whose words are to be made (anew). The program empties it when it starts.
create table crm_word_todo (
  subject text not null,
  id {ID} not null,
  primary key (subject, id)
);
insert into crm_word_todo (subject, id) select 'customer', id from crm_customer;
insert into crm_word_todo (subject, id) select 'lead', id from crm_lead;
