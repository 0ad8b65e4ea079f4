//! The commands, one a file.

pub(crate) mod apply;
pub(crate) mod completions;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod fake;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod replace;
pub(crate) mod schema;
pub(crate) mod sign;
pub(crate) mod trigger;
pub(crate) mod update;
pub(crate) mod validate;
pub(crate) mod verify;
pub(crate) mod whoami;
mod write;
