//! The API as a client sees it.

mod auth;
mod documented;
mod errors;
mod faults;
mod handle;
mod live;
mod paging;
mod rate_limit;
mod reading;
