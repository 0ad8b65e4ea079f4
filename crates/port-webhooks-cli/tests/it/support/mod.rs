//! A fake Port, a directory, and the command run in it.

#[cfg(unix)]
pub(crate) mod browser;
mod process;
pub(crate) mod receiver;
#[cfg(unix)]
pub(crate) mod terminal;
mod world;

pub(crate) use process::{Ran, Running, command, commands, exit_statuses, possible_values};
pub(crate) use world::World;
