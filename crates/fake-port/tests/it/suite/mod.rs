//! What holds whichever server the fake runs under.

mod auth;
mod documented;
mod errors;
mod faults;
mod handle;
mod live;
mod paging;
mod rate_limit;
mod reading;
