//! Stories of one subscription, day by day.
