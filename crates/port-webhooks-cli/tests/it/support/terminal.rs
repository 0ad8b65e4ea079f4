//! A terminal for a process to run on.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What a process on a terminal did.
pub(crate) struct OnTerminal {
    pub(crate) code: Option<i32>,
    /// What the terminal showed.
    pub(crate) screen: String,
}

/// Our end of a new terminal and that of its processes.
fn open(columns: u16) -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    // No process may inherit it: a terminal is closed when nobody has our end any more.
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed());
    let theirs = options.open(name.to_str().unwrap()).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(theirs.as_fd(), size).unwrap();
    (File::from(ours), theirs)
}

/// An interactive shell that has the terminal as its own.
pub(crate) struct Shell {
    terminal: File,
    child: Child,
}

impl Shell {
    /// With the environment of a command; none where the programs that it needs are missing.
    pub(crate) fn start(environment: &Command) -> Option<Self> {
        let (ours, theirs) = open(200);
        let end = || Stdio::from(theirs.try_clone().unwrap());
        let mut command = Command::new("setsid");
        command.args(["--ctty", "bash", "--norc", "--noprofile", "-i"]);
        command.env_clear().env("TERM", "dumb").env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, value) in environment.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        if let Some(directory) = environment.get_current_dir() {
            command.current_dir(directory);
        }
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().ok()?;
        Some(Self { terminal: ours, child })
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        self.terminal.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads until the terminal shows this.
    pub(crate) fn until(&mut self, text: &str) {
        let mut shown = Vec::new();
        let mut part = [0; 4096];
        while !String::from_utf8_lossy(&shown).contains(text) {
            let count = self.terminal.read(&mut part).unwrap();
            shown.extend_from_slice(&part[..count]);
        }
    }

    /// Closes the terminal, and waits for the shell.
    pub(crate) fn close(mut self) {
        drop(self.terminal);
        self.child.wait().unwrap();
    }
}

/// Runs a command on a terminal of this many columns, with its input and both outputs, and types something.
pub(crate) fn run(mut command: Command, columns: u16, typed: &str) -> OnTerminal {
    let (ours, theirs) = open(columns);
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
    let mut ours = ours;
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
