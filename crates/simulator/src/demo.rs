//! The demo's past: a believable ISP that has lived for some weeks up to now.
