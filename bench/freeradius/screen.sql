-- The columns that a RADIUS screen keeps about the people behind the logins, as far as they are written.
set sql_mode = '';
create table userinfo (id int unsigned not null auto_increment primary key, username varchar(128),
  firstname varchar(200), lastname varchar(200), email varchar(200), mobilephone varchar(200),
  address varchar(200), notes varchar(200), creationdate datetime default '0000-00-00 00:00:00',
  creationby varchar(128), key (username));
create table userbillinfo (id int unsigned not null auto_increment primary key, username varchar(128),
  planName varchar(128), contactperson varchar(200), email varchar(200), phone varchar(200),
  address varchar(200), lastbill date not null default '0000-00-00',
  nextbill date not null default '0000-00-00', creationby varchar(128), key (username));
