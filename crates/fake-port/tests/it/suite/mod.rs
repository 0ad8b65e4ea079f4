//! What holds whichever server the fake runs under.

mod auth;
mod documented;
mod errors;
mod handle;
mod live;
mod paging;
