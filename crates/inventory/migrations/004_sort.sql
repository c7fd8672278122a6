-- What the list of items is sorted by, besides its serial.
create index inventory_item_by_time on inventory_item (received_at, id);
