//! A terminal for a process to run on.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What a process on a terminal did.
pub(crate) struct OnTerminal {
    pub(crate) code: Option<i32>,
    /// What the terminal showed.
    pub(crate) screen: String,
}

/// Runs a command on a terminal of so many columns, with its input and both outputs, and types something.
pub(crate) fn run(mut command: Command, columns: u16, typed: &str) -> OnTerminal {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(theirs.as_fd(), size).unwrap();
    let end = || Stdio::from(theirs.try_clone().unwrap());
    let mut child = command
        .env_remove("COLUMNS")
        .env("TERM", "xterm-256color")
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .spawn()
        .unwrap();
    // Both hold an end of it, by which reading would never end.
    drop(command);
    drop(theirs);
    let mut ours = File::from(ours);
    ours.write_all(typed.as_bytes()).unwrap();
    let mut screen = Vec::new();
    // When the last end is closed, reading fails.
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = ours.read(&mut part) {
        screen.extend_from_slice(&part[..count]);
    }
    let code = child.wait().unwrap().code();
    OnTerminal {
        code,
        screen: super::process::without_port(&String::from_utf8(screen).unwrap().replace("\r\n", "\n")),
    }
}
