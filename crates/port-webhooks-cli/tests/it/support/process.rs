//! The command as a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

/// The command, with nothing of the environment of the test.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_port-webhooks"));
    command.current_dir(directory).env_clear().env("COLUMNS", "100");
    command
}

/// The short help of a command.
fn short_help(arguments: &[&str]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.args(arguments).arg("-h");
    Ran::of(command, "").done()
}

/// The commands, as clap lists them.
pub(crate) fn commands() -> Vec<String> {
    let help = short_help(&[]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let lines = list.lines().take_while(|line| !line.is_empty());
    // A further line of a description stands under the first.
    let names =
        lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The table of exit statuses of `--help`.
pub(crate) fn exit_statuses() -> Vec<(i32, String)> {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.arg("--help");
    let help = Ran::of(command, "").done();
    let (_, table) = help.split_once("Exit status:\n").unwrap();
    let rows = table.lines().filter_map(|line| line.trim().split_once("  "));
    rows.map(|(status, meaning)| (status.parse().unwrap(), meaning.to_owned())).collect()
}

/// The values that an argument takes, such as `--scheme <SCHEME>`, as clap lists them.
pub(crate) fn possible_values(command: &str, argument: &str) -> Vec<String> {
    let help = short_help(&[command]).split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, after) = help.split_once(&format!(" {argument} ")).unwrap();
    let (_, values) = after.split_once("[possible values: ").unwrap();
    values.split_once(']').unwrap().0.split(", ").map(str::to_owned).collect()
}

/// Plans and errors without the port of the fake, which differs from run to run.
pub(crate) fn without_port(err: &str) -> String {
    ["(Port at http://127.0.0.1:", "connection to http://127.0.0.1:"].into_iter().fold(
        err.to_owned(),
        |err, before| {
            let mut parts = err.split(before);
            let first = parts.next().unwrap().to_owned();
            parts.fold(first, |text, part| {
                text + before + "PORT" + part.trim_start_matches(|c: char| c.is_ascii_digit())
            })
        },
    )
}

/// What a process that has ended did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(mut command: Command, input: &str) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A process that does not read it may have ended.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let ran = Self {
            code: output.status.code(),
            out: without_port(&String::from_utf8(output.stdout).unwrap()),
            err: without_port(&String::from_utf8(output.stderr).unwrap()),
        };
        // The lines of a log name the module that they are from.
        if !command.get_args().any(|argument| argument == "--log") {
            ran.names_no_rust();
        }
        ran
    }

    /// Whoever uses the command may not know Rust: no error names a path (`Builder::profile`) or a method of it
    /// (`allow_plain_http(true)`).
    #[track_caller]
    fn names_no_rust(&self) {
        let is_name = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_') && text.len() > 1
        };
        for word in self.err.split(|c: char| !(c.is_ascii_alphanumeric() || "_:(".contains(c))) {
            let path = word.split_once("::").is_some_and(|(before, after)| {
                is_name(before) && is_name(after.split(['(', ':']).next().unwrap_or(after))
            });
            let method = word.split_once('(').is_some_and(|(name, _)| is_name(name) && name.contains('_'));
            assert!(!path && !method, "{word} is of Rust: {self:#?}");
        }
    }

    /// It succeeded; returns its output.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.out
    }

    /// It failed like this; what it wrote to standard error.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let is_error = |line: &str| line.starts_with("error: ") || line.starts_with("{\"error\":");
        assert!(self.err.lines().any(is_error), "{self:#?}");
        self.err
    }

    /// All of it, for a snapshot.
    pub(crate) fn told(&self) -> String {
        let code = self.code.map_or("killed".to_owned(), |code| code.to_string());
        let part = |name: &str, text: &str| match text {
            "" => String::new(),
            text => format!("--- {name}\n{text}"),
        };
        format!("exit {code}\n{}{}", part("out", &self.out), part("err", &self.err))
    }
}

/// A process that goes on until it is stopped. It does not outlive a failed test.
pub(crate) struct Running {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
    err: BufReader<ChildStderr>,
}

impl Running {
    pub(crate) fn start(command: Command) -> Self {
        Self::start_with(command, Stdio::null())
    }

    /// Starts it with this standard input.
    pub(crate) fn start_with(mut command: Command, input: impl Into<Stdio>) -> Self {
        let mut child = command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = child.stdout.take().map(BufReader::new);
        let err = BufReader::new(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// The next line of standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Reads standard error until a line begins like this, and returns the rest of that line.
    pub(crate) fn told(&mut self, beginning: &str) -> String {
        let mut line = String::new();
        while self.err.read_line(&mut line).unwrap() > 0 {
            if let Some(rest) = line.trim_end().strip_prefix(beginning) {
                return rest.to_owned();
            }
            line.clear();
        }
        panic!("it ended without telling {beginning:?}");
    }

    /// Presses Ctrl-C.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        self.signal(rustix::process::Signal::INT);
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Presses Ctrl-C until it has ended; it is to end by the second or the third.
    #[cfg(unix)]
    #[allow(clippy::disallowed_methods)] // A process that goes on fails the test instead of stopping it.
    pub(crate) fn interrupt_until_it_ends(&mut self) -> Option<i32> {
        let start = std::time::Instant::now();
        while start.elapsed() < std::time::Duration::from_secs(20) {
            self.interrupt();
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::yield_now();
        }
        panic!("it goes on");
    }

    /// Stops reading what it writes to standard output.
    pub(crate) fn close_output(&mut self) {
        self.out = None;
    }

    pub(crate) fn goes_on(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ran {
        let (mut out, mut err) = (String::new(), String::new());
        if let Some(reader) = &mut self.out {
            reader.read_to_string(&mut out).unwrap();
        }
        self.err.read_to_string(&mut err).unwrap();
        Ran { code: self.child.wait().unwrap().code(), out: without_port(&out), err: without_port(&err) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
